package millrace.app.output.text;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import millrace.actors.event.TrainingEvent.Step;
import org.jspecify.annotations.Nullable;

/** How far an epoch has come, on a line of its own at the bottom of a terminal. */
final class StepBar {
    private final PrintWriter out;
    private @Nullable ProgressBar bar;

    StepBar(PrintWriter out) {
        this.out = out;
    }

    /** Shows a step; the bar is drawn ten times a second at most. */
    void show(Step step) {
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("epoch " + step.epoch())
                    .setInitialMax(step.stepsPerEpoch())
                    .setRenderer(new StepLine())
                    .setUpdateIntervalMillis(100)
                    .setConsumer(new Line(out))
                    .build();
        }
        bar.stepTo(step.stepInEpoch());
        bar.setExtraMessage(String.format(Locale.ROOT, "loss %.4f", step.loss()));
    }

    /** Makes room for lines; the next step begins a bar again. */
    void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    /**
     * The line that the bar is drawn on, again and again. The library's own asks JLine for a terminal, and that takes the
     * process's signals: from then on Ctrl-C kills it at once, whatever the JVM or a command had set.
     */
    private static final class Line implements ProgressBarConsumer {
        private static final String TO_THE_END_ERASED = "\u001b[K";

        private final PrintWriter out;

        Line(PrintWriter out) {
            this.out = out;
        }

        /** One column stays free: a terminal may go to the next line when the last one is filled. */
        @Override
        public int getMaxRenderedLength() {
            return TerminalWidth.columns() - 1;
        }

        @Override
        public void accept(String rendered) {
            out.print("\r" + rendered + TO_THE_END_ERASED);
            out.flush();
        }

        @Override
        public void close() {
            out.println();
            out.flush();
        }
    }
}
