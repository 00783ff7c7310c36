package millrace.actors.trace;

import java.util.List;

/**
 * What a pipeline measured of itself; empty lists for a run without one.
 *
 * @param peakActivations for each rank the most it held between F and W (or B), in micro-batches of its whole share
 * @param staleness for each stage of a stream how stale its gradients were; empty for schedules with a flush
 * @param traces for each rank the recorded steps
 */
public record PipelineFigures(List<Double> peakActivations, List<Staleness> staleness, List<RankTrace> traces) {
    public static final PipelineFigures NONE = new PipelineFigures(List.of(), List.of(), List.of());
}
