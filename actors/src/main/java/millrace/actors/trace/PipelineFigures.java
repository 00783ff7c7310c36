package millrace.actors.trace;

import java.util.List;

/**
 * What a pipeline measured of itself; empty lists for a run without one.
 *
 * @param peakActivations for each rank the most it held between F and W (or B), in micro-batches of its whole share
 * @param duplicates packets that came a second time and were given up
 * @param staleness for each stage of a stream how stale its gradients were; empty for schedules with a flush
 * @param traces for each rank the recorded steps
 */
public record PipelineFigures(
        List<Double> peakActivations, long duplicates, List<Staleness> staleness, List<RankTrace> traces) {
    public static final PipelineFigures NONE = new PipelineFigures(List.of(), 0, List.of(), List.of());
}
