package millrace.actors.trainer;

import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;
import millrace.actors.rank.RankFigures;
import millrace.actors.rank.actor.TrainerProtocol.Drained;
import millrace.actors.trace.PipelineFigures;

/** What the ranks of a line have reported at its end, as figures of the whole line. */
final class LineFigures {
    private LineFigures() {}

    /**
     * @param drained of all ranks, ascending
     * @param trainedSeconds that the run has trained
     */
    static PipelineFigures of(Collection<Drained> drained, double trainedSeconds) {
        List<RankFigures> figures = drained.stream().map(Drained::figures).toList();
        return new PipelineFigures(
                figures.stream().map(RankFigures::peakActivations).toList(),
                byStage(figures, RankFigures::peakBytes),
                byStage(figures, RankFigures::gatheredBytes),
                byStage(figures, RankFigures::allocatedBytes),
                figures.stream().mapToLong(RankFigures::duplicates).sum(),
                figures.stream().flatMap(rank -> rank.staleness().stream()).toList(),
                byStage(figures, RankFigures::skippedSteps),
                busy(drained, trainedSeconds * 1e9),
                drained.stream().map(Drained::trace).toList());
    }

    /** Of a rank on another node nothing is known. */
    private static List<Double> busy(Collection<Drained> drained, double nanos) {
        List<Long> times =
                drained.stream().map(rank -> rank.trace().busyNanos()).toList();
        return nanos > 0 && times.stream().allMatch(time -> time > 0)
                ? times.stream().map(time -> time / nanos).toList()
                : List.of();
    }

    private static List<Long> byStage(
            List<RankFigures> ranks, Function<RankFigures, NavigableMap<Integer, Long>> figure) {
        NavigableMap<Integer, Long> byStage = new TreeMap<>();
        ranks.forEach(rank -> byStage.putAll(figure.apply(rank)));
        return List.copyOf(byStage.values());
    }
}
