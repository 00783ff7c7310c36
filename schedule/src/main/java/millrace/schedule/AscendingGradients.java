package millrace.schedule;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.schedule.Action.Kind;

/**
 * The form of a schedule in which it is executed. Every stage computes the gradients of its weights in ascending
 * micro-batch order, whatever order the schedule has, because a sum of floats depends on its order, and all schedules
 * must give the bits of plain accumulation. With replicas of the line the order is ascending within each.
 *
 * <p>A B whose turn has not come becomes an I. Its W, like any other W whose turn has not come, is put right after the
 * last one that it has to wait for. The messages stay the same, and so does the order of what depends on them.
 */
public final class AscendingGradients {
    private final Schedule schedule;
    private final Map<Integer, Turn> turns = new HashMap<>();
    private final List<Cell> cells = new ArrayList<>();

    private static final class Turn {
        private final List<Integer> microBatches;
        private final BitSet waiting = new BitSet();
        private int done;

        /**
         * @param microBatches that the rank does of the stage, ascending
         */
        private Turn(List<Integer> microBatches) {
            this.microBatches = microBatches;
        }

        private int next() {
            return microBatches.get(done);
        }
    }

    private AscendingGradients(Schedule schedule) {
        this.schedule = schedule;
    }

    /** The schedule itself where all gradients are in ascending order already. */
    public static Schedule of(Schedule schedule) {
        List<List<Cell>> order = new ArrayList<>();
        for (List<? extends Cell> row : schedule.order()) {
            AscendingGradients ascending = new AscendingGradients(schedule);
            row.forEach(ascending::add);
            order.add(ascending.cells);
        }
        return order.equals(schedule.order()) ? schedule : new Schedule(schedule.name(), schedule.placement(), order);
    }

    private void add(Cell cell) {
        List<Action> due = new ArrayList<>();
        switch (cell) {
            case Action action -> {
                if (inTurn(action, due)) {
                    cells.add(action);
                } else if (action.kind() == Kind.B) {
                    cells.add(Action.backwardInput(action.stage(), action.microBatch()));
                }
            }
            case Fused(Action first, Action second) -> cells.add(new Fused(inPlace(first, due), inPlace(second, due)));
        }
        cells.addAll(due);
    }

    private Action inPlace(Action action, List<Action> due) {
        return inTurn(action, due) ? action : Action.backwardInput(action.stage(), action.microBatch());
    }

    /**
     * Whether an action may stand where it is.
     *
     * @param due gets the W's that waited for it
     */
    private boolean inTurn(Action action, List<Action> due) {
        if (action.kind() != Kind.B && action.kind() != Kind.W) {
            return true;
        }
        Placement placement = schedule.placement();
        Turn turn = turns.computeIfAbsent(action.stage(), _ -> {
            int replica = placement.replicaOf(action.microBatch());
            return new Turn(placement.replicas().get(replica).microBatches());
        });
        if (action.microBatch() != turn.next()) {
            turn.waiting.set(action.microBatch());
            return false;
        }
        turn.done++;
        while (turn.done < turn.microBatches.size() && turn.waiting.get(turn.next())) {
            due.add(Action.backwardWeight(action.stage(), turn.next()));
            turn.done++;
        }
        return true;
    }
}
