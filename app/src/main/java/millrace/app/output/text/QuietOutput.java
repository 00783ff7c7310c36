package millrace.app.output.text;

import java.io.PrintWriter;
import millrace.actors.event.TrainingEvent;
import millrace.app.output.OutputFormat;
import millrace.app.output.RunOutput;

/** Tells a person the result and nothing else. */
public final class QuietOutput implements RunOutput {
    private final PrintWriter out;

    private QuietOutput(PrintWriter out) {
        this.out = out;
    }

    /** What {@code --quiet} asks for. */
    public static final class Format implements OutputFormat {
        @Override
        public String name() {
            return "quiet";
        }

        @Override
        public boolean isLog() {
            return false;
        }

        @Override
        public RunOutput open(Target target) {
            return new QuietOutput(target.out());
        }
    }

    @Override
    public void on(TrainingEvent event) {
        if (event instanceof TrainingEvent.Finished(var result)) {
            RunWords.end(result).forEach(out::println);
            out.flush();
        }
    }
}
