package millrace.actors.trace;

import java.util.List;

/**
 * What a run measured of itself; empty lists where it has no pipeline, or no stream.
 *
 * @param peakActivations for each rank the most it held between F and W (or B), in micro-batches of its whole share
 * @param peakBytes for each stage the most bytes of activations that it held for its backwards, those computed a second
 *     time included
 * @param gatheredBytes for each stage the most bytes of rows that it held, of several micro-batches, for one product of a
 *     weight's gradient
 * @param allocatedBytes for each stage the bytes of all that it has allocated: weights, gradients, optimizer state, activations,
 *     error deltas, workspaces; without what the gathered rows and the kernels' own copies of weights take
 * @param duplicates packets that came a second time and were given up
 * @param staleness for each stage of a stream how stale its gradients were; empty for schedules with a flush
 * @param skippedSteps for each stage the optimizer steps left out because its gradient was not finite
 * @param busy for each rank the share of the training's time in which it computed; the rest is its bubble. Empty also on
 *     a cluster, where times stay on their nodes
 * @param traces for each rank the recorded steps
 */
public record PipelineFigures(
        List<Double> peakActivations,
        List<Long> peakBytes,
        List<Long> gatheredBytes,
        List<Long> allocatedBytes,
        long duplicates,
        List<Staleness> staleness,
        List<Long> skippedSteps,
        List<Double> busy,
        List<RankTrace> traces) {
    /** Whether any stage left out a step. */
    public boolean hasSkippedSteps() {
        return skippedSteps.stream().anyMatch(steps -> steps > 0);
    }

    /** Those of a run without a pipeline. */
    public static PipelineFigures sequential(List<Long> skippedSteps) {
        return new PipelineFigures(
                List.of(), List.of(), List.of(), List.of(), 0, List.of(), skippedSteps, List.of(), List.of());
    }
}
