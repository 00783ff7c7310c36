package millrace.app.output.text;

import java.io.PrintWriter;
import millrace.actors.event.TrainingEvent;
import millrace.app.output.OutputFormat;
import millrace.app.output.RunOutput;

/** Tells a person the result and nothing else, but for warnings, which go to standard error. */
public final class QuietOutput implements RunOutput {
    private final PrintWriter out;
    private final PrintWriter err;

    private QuietOutput(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
    }

    /** For a run that was begun elsewhere. */
    public static RunOutput following(PrintWriter out, PrintWriter err) {
        return new QuietOutput(out, err);
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
            return new QuietOutput(target.out(), target.err());
        }
    }

    @Override
    public void on(TrainingEvent event) {
        switch (event) {
            case TrainingEvent.Finished(var result) -> {
                RunWords.end(result).forEach(out::println);
                out.flush();
            }
            case TrainingEvent.Noticed notice
            when notice.isWarning() -> {
                err.println(notice.text());
                err.flush();
            }
            default -> {}
        }
    }
}
