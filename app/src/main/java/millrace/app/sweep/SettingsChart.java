package millrace.app.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import millrace.app.picture.Chart;
import millrace.app.picture.Picture;

/**
 * What trials are compared by, over the values of the first key, a line for each combination of the other keys' values. Where
 * several trials differ in their seeds alone, a point is their mean, with an error bar of one standard deviation.
 */
public final class SettingsChart {
    // an axis from 0 would leave a spread of a few percent too small to be seen
    private static final double NEAR = 0.5;

    private SettingsChart() {}

    /**
     * The chart.
     *
     * @return empty while there is no trial with a value
     */
    public static Optional<Picture> of(String title, List<Trial> trials, SweepReport sweep) {
        RepeatsReport report = RepeatsReport.of(sweep);
        List<Repeats> known = Seeds.groups(trials).stream()
                .filter(repeats -> Double.isFinite(repeats.objective().mean()))
                .toList();
        if (known.isEmpty()) {
            return Optional.empty();
        }
        // with the seeds alone there is one point
        Optional<String> key = report.keys().stream().findFirst();
        List<String> values = known.stream()
                .map(repeats -> value(repeats, key))
                .distinct()
                .sorted(Comparator.comparingDouble(SettingsChart::number))
                .toList();
        Map<String, List<Chart.Value>> lines = new LinkedHashMap<>();
        for (String value : values) {
            known.stream()
                    .filter(repeats -> value(repeats, key).equals(value))
                    .forEach(repeats -> lines.computeIfAbsent(others(repeats, key, report), _ -> new ArrayList<>())
                            .add(repeats.objective().at(values.indexOf(value))));
        }
        boolean seeds = known.stream().anyMatch(repeats -> repeats.done().size() > 1);
        String what = report.objective().word() + (seeds ? " (" + report.caption(trials) + ")" : "");
        Chart chart = Chart.named(
                title,
                key.orElse(Seeds.KEY),
                values,
                what,
                lines.entrySet().stream()
                        .map(line -> new Chart.Line(line.getKey(), line.getValue()))
                        .toList());
        return Optional.of(zoomed(chart, lines.values()));
    }

    private static String value(Repeats repeats, Optional<String> key) {
        return key.map(repeats.settings()::get).orElse(repeats.done().size() + " seeds");
    }

    private static double number(String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException _) {
            // words keep their order
            return 0;
        }
    }

    private static String others(Repeats repeats, Optional<String> key, RepeatsReport report) {
        SequencedMap<String, String> others = new LinkedHashMap<>(repeats.settings());
        key.ifPresent(others::remove);
        return others.isEmpty()
                ? report.objective().word()
                : others.entrySet().stream()
                        .map(setting -> SweepReport.lastPart(setting.getKey()) + " " + setting.getValue())
                        .collect(Collectors.joining(", "));
    }

    private static Chart zoomed(Chart chart, Iterable<List<Chart.Value>> lines) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (List<Chart.Value> line : lines) {
            for (Chart.Value value : line) {
                low = Math.min(low, value.low());
                high = Math.max(high, value.high());
            }
        }
        return low > NEAR * high && high > low ? chart.within(low, high) : chart;
    }
}
