package millrace.actors.stage;

/** A stage could not do its work: says which stage, step and action, and why. */
public final class StageFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    StageFailure(String position, RuntimeException cause) {
        super(position + ": " + cause.getMessage(), cause);
    }
}
