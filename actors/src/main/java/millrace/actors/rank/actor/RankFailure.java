package millrace.actors.rank.actor;

/** A rank could not do its work: says which stage, step and action, and why. */
public final class RankFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    RankFailure(String position, Throwable cause) {
        // an error's message alone may be no more than the name of a class
        super(position + ": " + (cause instanceof Error ? cause : cause.getMessage()), cause);
    }
}
