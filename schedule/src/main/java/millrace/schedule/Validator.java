package millrace.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import millrace.schedule.Action.Kind;

/**
 * Decides whether a schedule can be executed: every stage does exactly one F and one B (or I and W) for every
 * micro-batch, on the rank that holds it, and the orders can be worked off without a deadlock under the dependency
 * rules ({@link Dependencies}). Time and memory grow with the number of actions.
 */
public final class Validator {
    private static final int ABSENT = -1;

    private final Schedule schedule;
    // for each kind, stage and micro-batch its position in its rank's order of actions
    private final int[][] positions;

    private Validator(Schedule schedule) {
        this.schedule = schedule;
        this.positions = new int[Kind.values().length][Math.multiplyExact(schedule.stages(), schedule.microBatches())];
        for (int[] row : positions) {
            Arrays.fill(row, ABSENT);
        }
    }

    /**
     * The same schedule.
     *
     * @throws InvalidScheduleException when it cannot be executed
     */
    public static Schedule checked(Schedule schedule) {
        Validator validator = new Validator(schedule);
        validator.placeActions();
        validator.checkCompleteness();
        validator.checkNoDeadlock();
        return schedule;
    }

    private int[] positionsOf(Kind kind) {
        return positions[
                switch (kind) {
                    case F -> 0;
                    case B -> 1;
                    case I -> 2;
                    case W -> 3;
                }];
    }

    private int place(int stage, int microBatch) {
        return stage * schedule.microBatches() + microBatch;
    }

    private void placeActions() {
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            int position = 0;
            List<? extends Cell> cells = schedule.order().get(rank);
            for (int column = 0; column < cells.size(); column++) {
                for (Action action : cells.get(column).actions()) {
                    checkPlacement(rank, column, action);
                    checkOwnOrder(rank, column, action);
                    positionsOf(action.kind())[place(action.stage(), action.microBatch())] = position;
                    position++;
                }
            }
        }
    }

    private void checkPlacement(int rank, int column, Action action) {
        List<Integer> held = schedule.placement().get(rank);
        if (!held.contains(action.stage())) {
            throw InvalidScheduleException.at(
                    schedule,
                    rank,
                    column,
                    "stage " + action.stage() + " is not on rank " + rank + ", which holds " + held);
        }
        if (action.microBatch() >= schedule.microBatches()) {
            throw InvalidScheduleException.at(
                    schedule,
                    rank,
                    column,
                    "micro-batch " + action.microBatch() + " (expected: below " + schedule.microBatches() + ")");
        }
    }

    /** What a stage waits for from itself: B and I come after F, W after I. No message says so, the order must. */
    private void checkOwnOrder(int rank, int column, Action action) {
        int place = place(action.stage(), action.microBatch());
        if (positionsOf(action.kind())[place] != ABSENT) {
            throw InvalidScheduleException.at(schedule, rank, column, action + " stands twice");
        }
        boolean twofold = (action.kind() == Kind.I && positionsOf(Kind.B)[place] != ABSENT)
                || (action.kind() == Kind.B && positionsOf(Kind.I)[place] != ABSENT);
        if (twofold) {
            throw InvalidScheduleException.at(
                    schedule,
                    rank,
                    column,
                    action + " stands beside a " + (action.kind() == Kind.I ? "B" : "I")
                            + " of the same micro-batch (expected: either B or both I and W)");
        }
        Kind before = action.kind() == Kind.W ? Kind.I : Kind.F;
        if (action.kind() != Kind.F && positionsOf(before)[place] == ABSENT) {
            throw InvalidScheduleException.at(
                    schedule,
                    rank,
                    column,
                    action + " (expected: after " + new Action(action.stage(), before, action.microBatch()) + ")");
        }
    }

    private void checkCompleteness() {
        for (int stage = 0; stage < schedule.stages(); stage++) {
            for (int i = 0; i < schedule.microBatches(); i++) {
                int place = place(stage, i);
                int rank = schedule.rankOf(stage);
                if (positionsOf(Kind.F)[place] == ABSENT) {
                    throw InvalidScheduleException.at(
                            schedule,
                            rank,
                            schedule.order().get(rank).size(),
                            Action.forward(stage, i) + " is missing");
                }
                if (positionsOf(Kind.B)[place] == ABSENT && positionsOf(Kind.I)[place] == ABSENT) {
                    throw InvalidScheduleException.at(
                            schedule,
                            rank,
                            columnOf(rank, Action.forward(stage, i)),
                            Action.forward(stage, i) + " has no backward (expected: one " + Action.backward(stage, i)
                                    + ", or both " + Action.backwardInput(stage, i) + " and "
                                    + Action.backwardWeight(stage, i) + ")");
                }
                if (positionsOf(Kind.I)[place] != ABSENT && positionsOf(Kind.W)[place] == ABSENT) {
                    throw InvalidScheduleException.at(
                            schedule,
                            rank,
                            columnOf(rank, Action.backwardInput(stage, i)),
                            Action.backwardInput(stage, i) + " has no W (expected: one "
                                    + Action.backwardWeight(stage, i) + " after it)");
                }
            }
        }
    }

    private int columnOf(int rank, Action action) {
        List<? extends Cell> cells = schedule.order().get(rank);
        for (int column = 0; column < cells.size(); column++) {
            if (cells.get(column).actions().contains(action)) {
                return column;
            }
        }
        throw new IllegalStateException(action + " is not on rank " + rank);
    }

    /** Works the orders off as far as they go; what is left waits in a circle. */
    private void checkNoDeadlock() {
        Replay replay = new Replay(schedule);
        if (replay.run((_, _, _) -> {})) {
            return;
        }
        List<String> waiting = new ArrayList<>();
        int first = -1;
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            Sequencer sequencer = replay.sequencers().get(rank);
            if (!sequencer.finished()) {
                first = first < 0 ? rank : first;
                if (waiting.size() < 8) {
                    waiting.add("rank " + rank + " at " + sequencer.action(sequencer.position()));
                }
            }
        }
        Action stuck = replay.sequencers()
                .get(first)
                .action(replay.sequencers().get(first).position());
        throw InvalidScheduleException.at(
                schedule,
                first,
                columnOf(first, stuck),
                stuck + " can never start: what it waits for comes later (a cycle; waiting: "
                        + String.join(", ", waiting) + ")");
    }
}
