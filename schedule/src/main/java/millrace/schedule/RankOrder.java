package millrace.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.schedule.Action.Kind;

/**
 * One rank's order in the making, for generators that write a pattern down. The methods named after kinds of actions add
 * that kind for the stage's next micro-batch, in ascending order: {@link #f} for the next forward, {@link #b} or {@link #i}
 * for the next backward, {@link #w} for the oldest split backward that still has no W. Past the last micro-batch they count
 * on but add nothing, so that a pattern may be written for more micro-batches than there are.
 */
public final class RankOrder {
    private final int microBatches;
    private final List<Cell> cells = new ArrayList<>();
    private final Map<Integer, Counts> stages = new HashMap<>();
    private int lastStage = -1;
    private Counts lastCounts = new Counts();

    /** How far one stage is. */
    private static final class Counts {
        private int forwards;
        private int backwards;
        private int weights;
        private final Deque<Integer> withoutWeights = new ArrayDeque<>();
    }

    /**
     * @param microBatches number of micro-batches of a batch
     */
    public RankOrder(int microBatches) {
        this.microBatches = microBatches;
    }

    /** Adds a cell as it is. */
    public RankOrder add(Cell cell) {
        cells.add(cell);
        return this;
    }

    /** Forward of the stage's next micro-batch. */
    public RankOrder f(int stage) {
        return add(stage, Kind.F, nextForward(stage));
    }

    /** Full backward of the stage's next micro-batch. */
    public RankOrder b(int stage) {
        return add(stage, Kind.B, nextBackward(stage));
    }

    /** Backward-input of the stage's next micro-batch. */
    public RankOrder i(int stage) {
        int index = nextBackward(stage);
        counts(stage).withoutWeights.add(index);
        return add(stage, Kind.I, index);
    }

    /** Backward-weight of the stage's oldest micro-batch that waits for it. */
    public RankOrder w(int stage) {
        Counts counts = counts(stage);
        counts.weights++;
        return add(stage, Kind.W, counts.withoutWeights.remove());
    }

    /** Forward of one stage and full backward of another in one slot. */
    public RankOrder fused(int forwardStage, int backwardStage) {
        return add(new Fused(
                Action.forward(forwardStage, nextForward(forwardStage)),
                Action.backward(backwardStage, nextBackward(backwardStage))));
    }

    private RankOrder add(int stage, Kind kind, int index) {
        if (index < microBatches) {
            cells.add(new Action(stage, kind, index));
        }
        return this;
    }

    private int nextForward(int stage) {
        Counts counts = counts(stage);
        counts.forwards++;
        return counts.forwards - 1;
    }

    private int nextBackward(int stage) {
        Counts counts = counts(stage);
        counts.backwards++;
        return counts.backwards - 1;
    }

    private Counts counts(int stage) {
        if (stage != lastStage) {
            lastStage = stage;
            lastCounts = stages.computeIfAbsent(stage, _ -> new Counts());
        }
        return lastCounts;
    }

    /** How many of a kind a stage has had, those past the last micro-batch included; full backwards count as I too. */
    public int done(int stage, Kind kind) {
        Counts counts = counts(stage);
        return switch (kind) {
            case F -> counts.forwards;
            case B, I -> counts.backwards;
            case W -> counts.weights;
            case R -> throw new IllegalArgumentException("kind: R (expected: F, B, I or W; they are put in last)");
        };
    }

    /** Whether some micro-batch has not had that kind yet. */
    public boolean left(int stage, Kind kind) {
        return done(stage, kind) < microBatches;
    }

    /** What was added so far, first to last. */
    public List<Cell> cells() {
        return cells;
    }
}
