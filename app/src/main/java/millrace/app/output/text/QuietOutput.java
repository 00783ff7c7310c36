package millrace.app.output.text;

import java.io.PrintWriter;
import millrace.actors.event.TrainingEvent;
import millrace.app.output.OutputFormat;
import millrace.app.output.RunOutput;

/** Tells a person the result, and what the run warns of. */
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
        switch (event) {
            case TrainingEvent.Noticed(String text) when text.startsWith("warning: ") -> out.println(text);
            case TrainingEvent.Finished(var result) -> RunWords.end(result).forEach(out::println);
            default -> {
                return;
            }
        }
        out.flush();
    }
}
