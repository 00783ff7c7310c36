package millrace.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.schedule.Action.Kind;

/**
 * One rank's order in the making. The methods named after kinds add the stage's next micro-batch for that kind, in
 * ascending order: the next forward, the next backward whether full or split, the oldest split backward that still has
 * no W. Past the last micro-batch they count on but add nothing, so that a pattern may be written for more micro-batches
 * than there are.
 */
public final class RankOrder {
    private final int microBatches;
    private final List<Cell> cells = new ArrayList<>();
    private final Map<Integer, Progress> stages = new HashMap<>();
    private int lastStage = -1;
    private Progress lastProgress = new Progress();

    private static final class Progress {
        private int forwards;
        private int backwards;
        private int weights;
        private final Deque<Integer> withoutWeights = new ArrayDeque<>();
    }

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
        progress(stage).withoutWeights.add(index);
        return add(stage, Kind.I, index);
    }

    /** Backward-weight of the stage's oldest micro-batch that waits for it. */
    public RankOrder w(int stage) {
        Progress progress = progress(stage);
        progress.weights++;
        return add(stage, Kind.W, progress.withoutWeights.remove());
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
        Progress progress = progress(stage);
        progress.forwards++;
        return progress.forwards - 1;
    }

    private int nextBackward(int stage) {
        Progress progress = progress(stage);
        progress.backwards++;
        return progress.backwards - 1;
    }

    private Progress progress(int stage) {
        if (stage != lastStage) {
            lastStage = stage;
            lastProgress = stages.computeIfAbsent(stage, _ -> new Progress());
        }
        return lastProgress;
    }

    /** How many of a kind a stage has had, those past the last micro-batch included; full backwards count as I too. */
    public int done(int stage, Kind kind) {
        Progress progress = progress(stage);
        return switch (kind) {
            case F -> progress.forwards;
            case B, I -> progress.backwards;
            case W -> progress.weights;
        };
    }

    /** Whether some micro-batch has not had that kind yet. */
    public boolean left(int stage, Kind kind) {
        return done(stage, kind) < microBatches;
    }

    public List<Cell> cells() {
        return cells;
    }
}
