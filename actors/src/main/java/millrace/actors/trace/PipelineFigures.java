package millrace.actors.trace;

import java.util.List;

/**
 * What a pipeline measured of itself; empty lists for a run without one.
 *
 * @param peakActivations for each rank the most it held between F and W (or B), in micro-batches of its whole share
 * @param traces for each rank the recorded steps
 */
public record PipelineFigures(List<Double> peakActivations, List<RankTrace> traces) {
    public static final PipelineFigures NONE = new PipelineFigures(List.of(), List.of());
}
