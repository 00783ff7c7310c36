package millrace.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * A method's runs on one workload, one a seed, taken together.
 *
 * @param points means over the seeds that did not diverge; empty when all did
 * @param spreads how far the accuracies of these seeds lie apart at each point
 * @param finalAccuracies of those seeds, ascending
 * @param diverged seeds whose loss ceased to be a number
 */
record MeanCurve(
        StudyMethod method,
        Rate rate,
        List<Curve.Point> points,
        List<Spread> spreads,
        List<Double> finalAccuracies,
        long diverged) {
    /** The least and the most accurate seed; the mean lies between them. */
    record Spread(double low, double high) {}

    MeanCurve {
        points = List.copyOf(points);
        spreads = List.copyOf(spreads);
        finalAccuracies = List.copyOf(finalAccuracies);
    }

    /**
     * @param rows of a workload's runs; other methods and rates are left out
     * @return empty when the method was not measured at that rate
     */
    static Optional<MeanCurve> of(List<RunRow> rows, StudyMethod method, Rate rate) {
        NavigableMap<Long, List<RunRow>> seeds = rows.stream()
                .filter(row -> row.method() == method && row.rate().equals(rate))
                .sorted(Comparator.comparingLong(RunRow::step))
                .collect(Collectors.groupingBy(RunRow::seed, TreeMap::new, Collectors.toList()));
        if (seeds.isEmpty()) {
            return Optional.empty();
        }
        List<List<RunRow>> whole = seeds.values().stream()
                .filter(run -> run.stream().noneMatch(row -> Double.isNaN(row.accuracy())))
                .toList();
        List<Curve.Point> points = new ArrayList<>();
        List<Spread> spreads = new ArrayList<>();
        for (int i = 0; !whole.isEmpty() && i < whole.getFirst().size(); i++) {
            int at = i;
            List<RunRow> same = whole.stream().map(run -> run.get(at)).toList();
            DoubleSummaryStatistics accuracy =
                    same.stream().mapToDouble(RunRow::accuracy).summaryStatistics();
            Spread spread = new Spread(accuracy.getMin(), accuracy.getMax());
            spreads.add(spread);
            points.add(new Curve.Point(
                    same.getFirst().step(),
                    same.getFirst().samples(),
                    mean(same, RunRow::seconds),
                    // rounding makes the mean of equal numbers another number
                    Math.clamp(mean(same, RunRow::accuracy), spread.low(), spread.high()),
                    mean(same, RunRow::loss)));
        }
        List<Double> last =
                whole.stream().map(run -> run.getLast().accuracy()).sorted().toList();
        return Optional.of(new MeanCurve(method, rate, points, spreads, last, seeds.size() - whole.size()));
    }

    private static double mean(List<RunRow> rows, ToDoubleFunction<RunRow> part) {
        return rows.stream().mapToDouble(part).average().orElseThrow();
    }

    /** The first point that is as accurate as that. */
    Optional<Curve.Point> reaching(double accuracy) {
        return points.stream().filter(point -> point.accuracy() >= accuracy).findFirst();
    }

    OptionalDouble finalAccuracy() {
        return finalAccuracies.stream().mapToDouble(Double::doubleValue).average();
    }

    /** From the first evaluation to the last; nothing when there is one alone. */
    OptionalDouble samplesPerSecond() {
        if (points.size() < 2) {
            return OptionalDouble.empty();
        }
        Curve.Point first = points.getFirst();
        Curve.Point last = points.getLast();
        return OptionalDouble.of((last.samples() - first.samples()) / (last.seconds() - first.seconds()));
    }
}
