package millrace.schedule;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import millrace.schedule.Action.Kind;

/**
 * Memory for time: stages hold nothing but the inputs of their forwards, and do the forward again before the backward (Chen, Xu,
 * Zhang and Guestrin, Training Deep Nets with Sublinear Memory Cost, 2016). The second forward is an action of its own, R,
 * which needs no error delta (Liu et al., Mario, PPoPP 2025): it stands right before its backward, so that a rank does it while it
 * would wait for the delta, and holds the activations of one micro-batch more at most. For 1F1B on 2 ranks with 3
 * micro-batches:
 *
 * <pre>
 * rank 0: 0F0 0F1     0R0 0B0 0F2 0R1 0B1     0R2 0B2
 * rank 1:     1F0 1B0     1F1 1B1     1F2 1B2
 * </pre>
 */
public final class Recomputation {
    private Recomputation() {}

    /**
     * A schedule in which stages do their forwards twice; those that do already stay as they are.
     *
     * @param stages that hold inputs only
     * @throws IllegalArgumentException when the line has no such stage
     */
    public static Schedule of(Schedule schedule, Collection<Integer> stages) {
        if (stages.isEmpty()) {
            return schedule;
        }
        SortedSet<Integer> more = new TreeSet<>(stages);
        for (int stage : more) {
            schedule.placement().ranksOf(stage);
        }
        more.removeAll(schedule.recomputed());
        if (more.isEmpty()) {
            return schedule;
        }
        List<List<Cell>> order = new ArrayList<>();
        for (List<? extends Cell> row : schedule.order()) {
            List<Cell> cells = new ArrayList<>();
            for (Cell cell : row) {
                for (Action action : cell.actions()) {
                    if (isBackward(action) && more.contains(action.stage())) {
                        cells.add(Action.recomputation(action.stage(), action.microBatch()));
                    }
                }
                cells.add(cell);
            }
            order.add(cells);
        }
        return new Schedule(schedule.name(), schedule.placement(), order);
    }

    /**
     * Of some stages those that hold something for a while: where every backward comes right after its forward, as on the last
     * stage of many schedules, a second forward would save nothing.
     */
    public static SortedSet<Integer> worthwhile(Schedule schedule, Collection<Integer> stages) {
        SortedSet<Integer> holding = new TreeSet<>();
        for (List<? extends Cell> row : schedule.order()) {
            Action before = null;
            for (Cell cell : row) {
                for (Action action : cell.actions()) {
                    boolean atOnce =
                            before != null && before.equals(Action.forward(action.stage(), action.microBatch()));
                    if (isBackward(action) && !atOnce && stages.contains(action.stage())) {
                        holding.add(action.stage());
                    }
                    before = action;
                }
            }
        }
        return holding;
    }

    /** Of all stages those that hold something for a while. */
    public static SortedSet<Integer> worthwhile(Schedule schedule) {
        return worthwhile(
                schedule, IntStream.range(0, schedule.stages()).boxed().toList());
    }

    private static boolean isBackward(Action action) {
        return action.kind() == Kind.B || action.kind() == Kind.I;
    }
}
