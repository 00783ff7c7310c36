package millrace.actors.checkpoint;

import org.jspecify.annotations.Nullable;

/** A checkpoint that is not whole. The message has the remedy; who uses another checkpoint anyway tells only what is wrong. */
public final class DamagedCheckpoint extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String finding;

    /**
     * @param finding which file is wrong, and how
     * @param remedy what to do about it
     * @param cause null where it was found here
     */
    DamagedCheckpoint(String finding, String remedy, @Nullable Throwable cause) {
        super(finding + remedy, cause);
        this.finding = finding;
    }

    /** What is wrong, without the remedy. */
    static String finding(IllegalArgumentException problem) {
        return problem instanceof DamagedCheckpoint damaged ? damaged.finding : String.valueOf(problem.getMessage());
    }
}
