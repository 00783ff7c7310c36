package millrace.app.output;

import java.io.IOException;
import java.util.Locale;

/** Standard output cannot be written: its disk is full, or nobody reads the pipe any more. */
public final class OutputLost extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean closedPipe;

    OutputLost(IOException cause) {
        super("standard output: " + cause.getMessage(), cause);
        String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        // as Unix and Windows call it
        this.closedPipe = message.contains("broken pipe") || message.contains("pipe is being closed");
    }

    private OutputLost(String message, OutputLost cause) {
        super(message, cause);
        this.closedPipe = cause.closedPipe;
    }

    /** The same, with what has become of the run whose output was lost. */
    public OutputLost because(String outcome) {
        return new OutputLost(getMessage() + "; " + outcome, this);
    }

    /** Whether a reader such as {@code head} has seen enough, which is nothing to complain of. */
    public boolean isClosedPipe() {
        return closedPipe;
    }
}
