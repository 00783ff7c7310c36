package millrace.schedule;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.schedule.Action.Kind;

/**
 * One rank's order in the making. The methods named after kinds add the next micro-batch of that kind of a stage, in
 * ascending order; past the last micro-batch they count on but add nothing, so that a pattern may be written for more
 * micro-batches than there are.
 */
public final class RankOrder {
    private final int microBatches;
    private final List<Cell> cells = new ArrayList<>();
    private final Map<Integer, Map<Kind, Integer>> counts = new HashMap<>();

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
        return next(stage, Kind.F);
    }

    /** Full backward of the stage's next micro-batch. */
    public RankOrder b(int stage) {
        return next(stage, Kind.B);
    }

    /** Backward-input of the stage's next micro-batch. */
    public RankOrder i(int stage) {
        return next(stage, Kind.I);
    }

    /** Backward-weight of the stage's next micro-batch. */
    public RankOrder w(int stage) {
        return next(stage, Kind.W);
    }

    /** Forward of one stage and full backward of another in one slot. */
    public RankOrder fused(int forwardStage, int backwardStage) {
        Action forward = new Action(forwardStage, Kind.F, count(forwardStage, Kind.F));
        Action backward = new Action(backwardStage, Kind.B, count(backwardStage, Kind.B));
        return add(new Fused(forward, backward));
    }

    private RankOrder next(int stage, Kind kind) {
        int index = count(stage, kind);
        if (index < microBatches) {
            cells.add(new Action(stage, kind, index));
        }
        return this;
    }

    private int count(int stage, Kind kind) {
        return counts.computeIfAbsent(stage, _ -> new EnumMap<>(Kind.class)).merge(kind, 1, Integer::sum) - 1;
    }

    /** How many of a kind a stage has had, those past the last micro-batch included. */
    public int done(int stage, Kind kind) {
        return counts.getOrDefault(stage, Map.of()).getOrDefault(kind, 0);
    }

    /** Whether some micro-batch has not had that kind yet. */
    public boolean left(int stage, Kind kind) {
        return done(stage, kind) < microBatches;
    }

    public List<Cell> cells() {
        return cells;
    }
}
