package millrace.actors.rank.actor;

/** A rank could not do its work: says which stage, step and action, and why. */
public final class RankFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    RankFailure(String position, RuntimeException cause) {
        super(position + ": " + cause.getMessage(), cause);
    }
}
