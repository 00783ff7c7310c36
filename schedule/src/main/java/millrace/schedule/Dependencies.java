package millrace.schedule;

import java.util.Optional;
import millrace.schedule.Action.Kind;

/**
 * What an action waits for, beyond the actions before it in its rank's order. F waits for the forward of the stage before.
 * B and I wait for the backward (B or I) of the stage after; those of the last stage wait for nothing but their own F. W
 * waits for its own I, and R for its own F. There are no other dependencies.
 */
public final class Dependencies {
    private Dependencies() {}

    /** Whether the action waits for a message from another stage. */
    public static boolean needsArrival(Action action, int stages) {
        return switch (action.kind()) {
            case F -> action.stage() > 0;
            case B, I -> action.stage() < stages - 1;
            case W, R -> false;
        };
    }

    /** The stage that waits for the result of an action: the one after for F, the one before for B and I; -1 for none. */
    public static int receiver(Action action, int stages) {
        return switch (action.kind()) {
            case F -> action.stage() + 1 < stages ? action.stage() + 1 : -1;
            case B, I -> action.stage() - 1;
            case W, R -> -1;
        };
    }

    /**
     * What the result of an action allows another stage to do: a forward for the stage after, a backward (named by
     * kind I whether that stage splits it or not) for the stage before.
     */
    public static Optional<Action> releasedBy(Action action, int stages) {
        int receiver = receiver(action, stages);
        Kind kind = action.kind() == Kind.F ? Kind.F : Kind.I;
        return receiver < 0 ? Optional.empty() : Optional.of(new Action(receiver, kind, action.microBatch()));
    }
}
