package millrace.app.output.text;

import java.io.PrintWriter;
import java.util.List;
import millrace.actors.event.TrainingEvent;
import millrace.app.output.OutputFormat;
import millrace.app.output.RunOutput;
import millrace.app.output.StepSelection;

/** Tells a person, a line an epoch; steps as a bar at a terminal, as lines in a file. */
public final class TextOutput implements RunOutput {
    private final PrintWriter out;
    private final boolean atTerminal;
    private final StepSelection steps;
    private final StepBar bar;
    private double rateOfEpoch = Double.NaN;

    private TextOutput(PrintWriter out, boolean atTerminal, int every) {
        this.out = out;
        this.atTerminal = atTerminal;
        this.bar = new StepBar(out);
        this.steps = new StepSelection(every);
    }

    /** For a run that was begun elsewhere. */
    public static RunOutput following(PrintWriter out, boolean atTerminal) {
        return new TextOutput(out, atTerminal, 0);
    }

    /** For a terminal. */
    public static final class ForTerminal implements OutputFormat {
        @Override
        public String name() {
            return "terminal";
        }

        @Override
        public boolean isLog() {
            return false;
        }

        @Override
        public RunOutput open(Target target) {
            return new TextOutput(target.out(), true, target.every());
        }
    }

    /** For a file or pipe. */
    public static final class ForFile implements OutputFormat {
        @Override
        public String name() {
            return "plain";
        }

        @Override
        public boolean isLog() {
            return false;
        }

        @Override
        public RunOutput open(Target target) {
            return new TextOutput(target.out(), false, target.every());
        }
    }

    @Override
    public void on(TrainingEvent event) {
        switch (event) {
            case TrainingEvent.Started run -> RunWords.beginning(run).forEach(this::say);
            case TrainingEvent.Step step -> show(step);
            case TrainingEvent.EpochEnd end -> show(end);
            case TrainingEvent.EvaluationDone done -> say(RunWords.evaluation(done));
            case TrainingEvent.Placed placed -> say(RunWords.placement(placed));
            case TrainingEvent.Recovering recovering -> say(RunWords.recovery(recovering));
            case TrainingEvent.Noticed(String text) -> say(text);
            case TrainingEvent.Finished(var result) -> RunWords.end(result).forEach(this::say);
            default -> {}
        }
    }

    private void show(TrainingEvent.Step step) {
        if (atTerminal) {
            bar.show(step);
        } else {
            steps.select(step).ifPresent(selected -> say(RunWords.step(selected.step())));
        }
    }

    private void show(TrainingEvent.EpochEnd end) {
        boolean another = !Double.isNaN(rateOfEpoch) && rateOfEpoch != end.learningRate();
        rateOfEpoch = end.learningRate();
        List<String> lines = RunWords.epoch(end, another);
        lines.forEach(this::say);
    }

    @Override
    public void say(String line) {
        bar.close();
        out.println(line);
        out.flush();
    }

    @Override
    public void close() {
        bar.close();
    }
}
