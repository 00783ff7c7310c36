package millrace.app.output.text;

import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import millrace.actors.event.TrainingEvent.Step;
import org.jspecify.annotations.Nullable;

/** How far an epoch has come, on a line of its own at the bottom of a terminal. */
final class StepBar {
    private @Nullable ProgressBar bar;

    /** Shows a step; the bar is drawn ten times a second at most. */
    void show(Step step) {
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("epoch " + step.epoch())
                    .setInitialMax(step.stepsPerEpoch())
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .showSpeed()
                    .setUnit(" steps", 1)
                    .build();
        }
        bar.stepTo(step.stepInEpoch());
        bar.setExtraMessage(String.format(Locale.ROOT, " loss %.4f", step.loss()));
    }

    /** Makes room for lines; the next step begins a bar again. */
    void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
