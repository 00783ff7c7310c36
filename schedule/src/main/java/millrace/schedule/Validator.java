package millrace.schedule;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.schedule.Action.Kind;

/**
 * Decides whether a schedule can be executed: every stage does exactly one F and one B (or I and W) for every
 * micro-batch, on the rank that holds it, and the orders can be worked off without a deadlock under the dependency
 * rules. An invalid schedule's message shows the grid and points at the cell.
 */
public final class Validator {
    private Validator() {}

    /**
     * The same schedule.
     *
     * @throws IllegalArgumentException when it cannot be executed
     */
    public static Schedule checked(Schedule schedule) {
        checkCompleteness(schedule);
        checkOwnOrder(schedule);
        checkOrder(schedule);
        return schedule;
    }

    private static void checkCompleteness(Schedule schedule) {
        Map<Action, Integer> seen = new HashMap<>();
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            List<Action> actions = schedule.order().get(rank);
            for (int column = 0; column < actions.size(); column++) {
                Action action = actions.get(column);
                if (!schedule.placement().get(rank).contains(action.stage())) {
                    throw invalid(
                            schedule,
                            rank,
                            column,
                            "stage " + action.stage() + " is not on rank " + rank + ", which holds "
                                    + schedule.placement().get(rank));
                }
                if (action.microBatch() >= schedule.microBatches()) {
                    throw invalid(
                            schedule,
                            rank,
                            column,
                            "micro-batch " + action.microBatch() + " (expected: below " + schedule.microBatches()
                                    + ")");
                }
                if (seen.merge(action, 1, Integer::sum) > 1) {
                    throw invalid(schedule, rank, column, action + " stands twice");
                }
            }
        }
        for (int stage = 0; stage < schedule.stages(); stage++) {
            for (int i = 0; i < schedule.microBatches(); i++) {
                checkComplete(schedule, seen, stage, i);
            }
        }
    }

    private static void checkComplete(Schedule schedule, Map<Action, Integer> seen, int stage, int microBatch) {
        boolean forward = seen.containsKey(new Action(stage, Kind.F, microBatch));
        boolean full = seen.containsKey(new Action(stage, Kind.B, microBatch));
        boolean input = seen.containsKey(new Action(stage, Kind.I, microBatch));
        boolean weight = seen.containsKey(new Action(stage, Kind.W, microBatch));
        if (!forward || full == input || input != weight) {
            int rank = schedule.rankOf(stage);
            throw invalid(
                    schedule,
                    rank,
                    schedule.order().get(rank).size() - 1,
                    "stage " + stage + ", micro-batch "
                            + microBatch + ": F " + forward + ", B " + full + ", I " + input + ", W " + weight
                            + " (expected: one F and either B or both I and W)");
        }
    }

    /** What a stage waits for from itself: B and I come after F, W after I. No message says so, the order must. */
    private static void checkOwnOrder(Schedule schedule) {
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            List<Action> actions = schedule.order().get(rank);
            for (int column = 0; column < actions.size(); column++) {
                Action action = actions.get(column);
                if (action.kind() != Kind.F) {
                    Kind kind = action.kind() == Kind.W ? Kind.I : Kind.F;
                    Action before = new Action(action.stage(), kind, action.microBatch());
                    if (!actions.subList(0, column).contains(before)) {
                        throw invalid(schedule, rank, column, action + " (expected: after " + before + ")");
                    }
                }
            }
        }
    }

    /** Works the orders off as far as they go; what is left is a deadlock. */
    private static void checkOrder(Schedule schedule) {
        List<Sequencer> sequencers = Sequencer.of(schedule);
        boolean progress = true;
        while (progress) {
            progress = false;
            for (int rank = 0; rank < schedule.ranks(); rank++) {
                Sequencer sequencer = sequencers.get(rank);
                for (Optional<Action> next = sequencer.next(); next.isPresent(); next = sequencer.next()) {
                    progress = true;
                    Dependencies.releasedBy(next.get(), schedule.stages())
                            .ifPresent(released -> sequencers
                                    .get(schedule.rankOf(released.stage()))
                                    .arrived(0, released));
                }
            }
        }
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            int column = sequencers.get(rank).position();
            if (column < schedule.order().get(rank).size()) {
                throw invalid(
                        schedule,
                        rank,
                        column,
                        schedule.order().get(rank).get(column) + " can never start: what it waits for comes later");
            }
        }
    }

    private static IllegalArgumentException invalid(Schedule schedule, int rank, int column, String why) {
        return new IllegalArgumentException("schedule " + schedule.name() + ", rank " + rank + ", column " + column
                + ": " + why + System.lineSeparator() + Grid.of(schedule.order(), rank, column));
    }
}
