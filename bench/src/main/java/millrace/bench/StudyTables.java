package millrace.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;

/** What a study found, as Markdown tables. */
final class StudyTables {
    private StudyTables() {}

    /** A row a method: how accurate and how fast. */
    static String methods(double target, List<MeanCurve> curves) {
        String goal = percent(target, 0);
        StringBuilder text = new StringBuilder();
        row(
                text,
                List.of(
                        "method",
                        "best lr",
                        "test accuracy, mean (range)",
                        "samples to " + goal,
                        "seconds to " + goal,
                        "samples/s"));
        row(text, List.of("---", "---", "---", "---:", "---:", "---:"));
        for (MeanCurve curve : curves) {
            Optional<Curve.Point> there = curve.reaching(target);
            row(
                    text,
                    List.of(
                            curve.method().word(),
                            curve.rate().toString(),
                            accuracy(curve),
                            there.map(point -> grouped(point.samples())).orElse("-"),
                            there.map(point -> String.format(Locale.ROOT, "%.1f", point.seconds()))
                                    .orElse("-"),
                            grouped(curve.samplesPerSecond())));
        }
        return text.toString();
    }

    /** A row a method: validation accuracy at each learning rate that was tried. */
    static String rates(Map<StudyMethod, NavigableMap<Rate, Double>> tried) {
        NavigableSet<Rate> rates = new TreeSet<>();
        tried.values().forEach(byRate -> rates.addAll(byRate.keySet()));
        StringBuilder text = new StringBuilder();
        List<String> head = new ArrayList<>(List.of("lr"));
        rates.forEach(rate -> head.add(rate.toString()));
        row(text, head);
        row(text, Collections.nCopies(head.size(), "---"));
        tried.forEach((method, byRate) -> {
            Optional<Rate> best = RateSearch.best(byRate);
            // a best rate at an edge is marked: a better one may lie beyond
            List<String> cells =
                    new ArrayList<>(List.of(method.word() + (RateSearch.endedAtEdge(byRate) ? " (at an edge)" : "")));
            for (Rate rate : rates) {
                Double accuracy = byRate.get(rate);
                String cell = accuracy == null ? "" : Double.isNaN(accuracy) ? "diverged" : percent(accuracy, 2);
                cells.add(best.isPresent() && best.get().equals(rate) ? "**" + cell + "**" : cell);
            }
            row(text, cells);
        });
        return text.toString();
    }

    private static String accuracy(MeanCurve curve) {
        List<Double> all = curve.finalAccuracies();
        String diverged = curve.diverged() == 0
                ? ""
                : curve.diverged() + " of " + (curve.diverged() + all.size()) + " seeds diverged";
        if (all.isEmpty()) {
            return diverged;
        }
        String mean = percent(curve.finalAccuracy().orElseThrow(), 2);
        return mean + " (" + digits(all.getFirst(), 2) + " to " + digits(all.getLast(), 2) + ")"
                + (diverged.isEmpty() ? "" : ", " + diverged);
    }

    private static String grouped(OptionalDouble value) {
        return value.isPresent() ? grouped(Math.round(value.getAsDouble())) : "-";
    }

    private static String grouped(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    static String percent(double share, int decimals) {
        return digits(share, decimals) + " %";
    }

    private static String digits(double share, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", 100 * share);
    }

    private static void row(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
