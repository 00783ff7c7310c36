package millrace.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import millrace.schedule.Action.Kind;

/**
 * Decides whether a schedule can be executed: every stage does exactly one F and one B (or I and W) for every
 * micro-batch, on the rank that holds it, with an R between them for all micro-batches or for none, and the orders can be worked off without a deadlock under the dependency
 * rules ({@link Dependencies}). Time and memory grow with the number of actions.
 */
public final class Validator {
    private static final int ABSENT = -1;

    private final Schedule schedule;
    // for each kind, stage and micro-batch its column in its rank's order
    private final int[][] columns;

    private Validator(Schedule schedule) {
        this.schedule = schedule;
        this.columns = new int[Kind.values().length][Math.multiplyExact(schedule.stages(), schedule.microBatches())];
        for (int[] row : columns) {
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
        validator.checkReplicas();
        validator.placeActions();
        validator.checkCompleteness();
        validator.checkRecomputation();
        validator.checkNoDeadlock();
        return schedule;
    }

    private int[] columnsOf(Kind kind) {
        return columns[
                switch (kind) {
                    case F -> 0;
                    case B -> 1;
                    case I -> 2;
                    case W -> 3;
                    case R -> 4;
                }];
    }

    private int place(int stage, int microBatch) {
        return stage * schedule.microBatches() + microBatch;
    }

    private void checkReplicas() {
        List<List<Integer>> ways = schedule.placement().microBatchesOfReplicas();
        long used = ways.stream().filter(way -> !way.isEmpty()).count();
        if (used != ways.size()) {
            throw new IllegalArgumentException("schedule " + schedule.name() + ": every stage on " + ways.size()
                    + " ranks, but the micro-batches go " + used
                    + " ways (expected: as many, each rank's copy of a stage has micro-batches of its own)");
        }
    }

    private void placeActions() {
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            List<? extends Cell> cells = schedule.order().get(rank);
            for (int column = 0; column < cells.size(); column++) {
                switch (cells.get(column)) {
                    case Action action -> place(rank, column, action);
                    case Fused(Action first, Action second) -> {
                        checkIndependent(rank, column, first, second);
                        place(rank, column, first);
                        place(rank, column, second);
                    }
                }
            }
        }
    }

    private void checkIndependent(int rank, int column, Action first, Action second) {
        if (first.stage() == second.stage() && first.microBatch() == second.microBatch()) {
            throw InvalidScheduleException.at(
                    schedule,
                    rank,
                    column,
                    second + " waits for " + first + " (expected: two fused actions that do not wait for each other)");
        }
    }

    private void place(int rank, int column, Action action) {
        checkPlacement(rank, column, action);
        checkOwnOrder(rank, column, action);
        columnsOf(action.kind())[place(action.stage(), action.microBatch())] = column;
    }

    private void checkPlacement(int rank, int column, Action action) {
        List<Integer> held = schedule.placement().stagesOf(rank);
        if (!held.contains(action.stage())) {
            throw InvalidScheduleException.at(
                    schedule,
                    rank,
                    column,
                    "stage " + action.stage() + " is not on rank " + rank + ", which holds "
                            + (held.isEmpty() ? "no stage" : held) + " (expected: each stage on one rank)");
        }
        if (action.microBatch() >= schedule.microBatches()) {
            throw InvalidScheduleException.at(
                    schedule,
                    rank,
                    column,
                    "micro-batch " + action.microBatch() + " (expected: below " + schedule.microBatches() + ")");
        }
        int expected = schedule.rankOf(action.stage(), action.microBatch());
        if (rank != expected) {
            throw InvalidScheduleException.at(
                    schedule,
                    rank,
                    column,
                    action + " on rank " + rank + " (expected: on rank " + expected
                            + ", all of a micro-batch goes through one replica of the line, and replicas share no"
                            + " rank's copy of a stage)");
        }
    }

    /** What a stage waits for from itself: B and I come after F, W after I. No message says so, the order must. */
    private void checkOwnOrder(int rank, int column, Action action) {
        int place = place(action.stage(), action.microBatch());
        if (columnsOf(action.kind())[place] != ABSENT) {
            throw InvalidScheduleException.at(schedule, rank, column, action + " stands twice (expected: once)");
        }
        boolean twofold = (action.kind() == Kind.I && columnsOf(Kind.B)[place] != ABSENT)
                || (action.kind() == Kind.B && columnsOf(Kind.I)[place] != ABSENT);
        if (twofold) {
            throw InvalidScheduleException.at(
                    schedule,
                    rank,
                    column,
                    action + " stands beside a " + (action.kind() == Kind.I ? "B" : "I")
                            + " of the same micro-batch (expected: either B or both I and W)");
        }
        boolean late =
                action.kind() == Kind.R && (columnsOf(Kind.B)[place] != ABSENT || columnsOf(Kind.I)[place] != ABSENT);
        if (late) {
            throw InvalidScheduleException.at(
                    schedule, rank, column, action + " (expected: before the backward, which reads what it makes)");
        }
        Kind before = action.kind() == Kind.W ? Kind.I : Kind.F;
        if (action.kind() != Kind.F && columnsOf(before)[place] == ABSENT) {
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
                int rank = schedule.rankOf(stage, i);
                if (columnsOf(Kind.F)[place] == ABSENT) {
                    throw InvalidScheduleException.at(
                            schedule,
                            rank,
                            schedule.order().get(rank).size(),
                            Action.forward(stage, i) + " is missing (expected: every stage does every micro-batch)");
                }
                if (columnsOf(Kind.B)[place] == ABSENT && columnsOf(Kind.I)[place] == ABSENT) {
                    throw InvalidScheduleException.at(
                            schedule,
                            rank,
                            columnsOf(Kind.F)[place],
                            Action.forward(stage, i) + " has no backward (expected: one " + Action.backward(stage, i)
                                    + ", or both " + Action.backwardInput(stage, i) + " and "
                                    + Action.backwardWeight(stage, i) + ")");
                }
                if (columnsOf(Kind.I)[place] != ABSENT && columnsOf(Kind.W)[place] == ABSENT) {
                    throw InvalidScheduleException.at(
                            schedule,
                            rank,
                            columnsOf(Kind.I)[place],
                            Action.backwardInput(stage, i) + " has no W (expected: one "
                                    + Action.backwardWeight(stage, i) + " after it)");
                }
            }
        }
    }

    /** What a stage holds after a forward is one thing for all micro-batches. */
    private void checkRecomputation() {
        for (int stage : schedule.recomputed()) {
            for (int i = 0; i < schedule.microBatches(); i++) {
                if (columnsOf(Kind.R)[place(stage, i)] == ABSENT) {
                    throw InvalidScheduleException.at(
                            schedule,
                            schedule.rankOf(stage, i),
                            columnsOf(Kind.F)[place(stage, i)],
                            Action.forward(stage, i) + " has no R (expected: one " + Action.recomputation(stage, i)
                                    + " before its backward, as other micro-batches of the stage have)");
                }
            }
        }
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
                columnsOf(stuck.kind())[place(stuck.stage(), stuck.microBatch())],
                stuck + " can never start: what it waits for comes later (a cycle; waiting: "
                        + String.join(", ", waiting) + ")");
    }
}
