package millrace.schedule.plan;

import millrace.schedule.Action.Kind;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.PipelineShape;

/**
 * What a planner asks about a line with one stage a rank. Its comparisons leave room for rounding: plans turn on sums
 * being equal, and sums of decimal fractions seldom are.
 */
final class LineCosts {
    private static final double RELATIVE_TOLERANCE = 1e-9;

    private final PipelineShape shape;
    private final Costs costs;
    private final double limit;
    private final double timeTolerance;

    /**
     * @param limit memory that a rank may hold, in micro-batches of its stage's activations
     */
    LineCosts(PipelineShape shape, Costs costs, double limit) {
        if (costs.stages().size() != shape.ranks()) {
            throw new IllegalArgumentException(
                    "costs: for " + costs.stages().size() + " stages (expected: " + shape.ranks() + ")");
        }
        this.shape = shape;
        this.costs = costs;
        this.limit = limit;
        double longest = 0;
        for (StageCost stage : costs.stages()) {
            longest = Math.max(longest, stage.forward() + stage.backwardInput() + stage.backwardWeight());
        }
        this.timeTolerance = RELATIVE_TOLERANCE * longest * shape.microBatches();
    }

    int ranks() {
        return shape.ranks();
    }

    int microBatches() {
        return shape.microBatches();
    }

    double time(int rank, Kind kind) {
        return costs.stages().get(rank).of(kind);
    }

    /** What an action adds to the memory that its rank holds. */
    double memory(int rank, Kind kind) {
        return costs.stages().get(rank).held(kind, false);
    }

    /** Time that a rank's activation takes to the next rank. */
    double forwardHop(int rank) {
        return costs.hop(rank, rank + 1, costs.stages().get(rank).activationBytes());
    }

    /** Time that a rank's error delta takes to the rank before. */
    double backwardHop(int rank) {
        return costs.hop(rank, rank - 1, costs.stages().get(rank).deltaBytes());
    }

    boolean fits(int rank, double memory) {
        double most = limit * costs.stages().get(rank).memory();
        return memory <= most + RELATIVE_TOLERANCE * most;
    }

    /** Whether a time, or a length of time, is truly greater than another. */
    boolean exceeds(double time, double other) {
        return time > other + timeTolerance;
    }
}
