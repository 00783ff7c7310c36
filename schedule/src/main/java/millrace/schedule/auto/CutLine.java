package millrace.schedule.auto;

import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;

/**
 * What all ways to cut a network for one schedule and one number of micro-batches have in common.
 *
 * @param schedule its name
 * @param shape of one copy of the line
 * @param replicas copies, of {@code shape.ranks()} ranks each
 * @param sums what runs of layers take and hold
 * @param options how they may recompute
 * @param units the first layer of each unit that stages are made of, and the number of layers
 * @param placement of all copies
 */
@SuppressWarnings("ArrayRecordComponent") // made once, and neither compared nor changed
record CutLine(
        NetworkProfile profile,
        PlanRequest request,
        String schedule,
        PipelineShape shape,
        int replicas,
        LayerSums sums,
        StageOptions options,
        int[] units,
        Placement placement) {
    /** The speed of the slowest rank that holds a stage. */
    double speed(int stage) {
        double slowest = Double.POSITIVE_INFINITY;
        for (int rank : placement.ranksOf(stage)) {
            slowest = Math.min(slowest, profile.speed(rank));
        }
        return slowest;
    }
}
