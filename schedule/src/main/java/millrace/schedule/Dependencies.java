package millrace.schedule;

import java.util.Optional;
import millrace.schedule.Action.Kind;

/**
 * What an action waits for beyond its rank's order. F waits for the forward of the stage before; B and I wait for the
 * backward-input of the stage after (the last stage's for nothing but its own F); W waits for its own I. Nothing else.
 */
public final class Dependencies {
    private Dependencies() {}

    /** Whether the action waits for a message from another stage. */
    public static boolean needsArrival(Action action, int stages) {
        return switch (action.kind()) {
            case F -> action.stage() > 0;
            case B, I -> action.stage() < stages - 1;
            case W -> false;
        };
    }

    /**
     * What the result of an action allows another stage to do: a forward for the stage after, a backward (named by
     * kind I whether that stage splits it or not) for the stage before.
     */
    public static Optional<Action> releasedBy(Action action, int stages) {
        return switch (action.kind()) {
            case F ->
                action.stage() + 1 < stages
                        ? Optional.of(new Action(action.stage() + 1, Kind.F, action.microBatch()))
                        : Optional.empty();
            case B, I ->
                action.stage() > 0
                        ? Optional.of(new Action(action.stage() - 1, Kind.I, action.microBatch()))
                        : Optional.empty();
            case W -> Optional.empty();
        };
    }
}
