package millrace.app.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.app.picture.Chart;
import millrace.app.picture.Picture;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.order.Order;

/** Measured beside simulated, in words, numbers and pictures. */
public final class ComparisonReport {
    private static final int BAR = 24;

    private ComparisonReport() {}

    /** One object with everything but the timelines; times in milliseconds. */
    public static JsonLine line(Comparison comparison) {
        Order order = comparison.plan().order();
        List<JsonLine> stages = new ArrayList<>();
        for (int stage = 0; stage < order.stages(); stage++) {
            StageCost cost = comparison.costs().stages().get(stage);
            JsonLine line = new JsonLine()
                    .put("stage", stage)
                    .put("forward_ms", millis(cost.forward()))
                    .put("backward_ms", millis(cost.backward()))
                    .put("backward_input_ms", millis(cost.backwardInput()))
                    .put("backward_weight_ms", millis(cost.backwardWeight()));
            if (comparison.plan().recomputes(stage)) {
                line.put("recompute_ms", millis(cost.recompute()));
            }
            stages.add(line);
        }
        return JsonLine.event("compare")
                .put("model", comparison.plan().spec().model().name())
                .put("schedule", order.name())
                .put("ranks", order.ranks())
                .put("chunks", order.placement().chunks())
                .put("micro_batches", order.microBatches())
                .put("batch", comparison.plan().spec().batch())
                .put("measured_makespan_ms", millis(comparison.measuredMakespan()))
                .put("simulated_makespan_ms", millis(comparison.simulation().makespan()))
                .put("error", rounded(comparison.error()))
                .put("measured_bubble", rounded(comparison.measuredBubble()))
                .put("simulated_bubble", rounded(comparison.simulation().bubble()))
                .put("measured_peak_activations", comparison.measuredPeaks())
                .put(
                        "simulated_peak_activations",
                        Arrays.stream(comparison.simulation().peakActivations())
                                .boxed()
                                .toList())
                .put("latency_ms", millis(comparison.costs().link().latency()))
                .put("jitter", rounded(comparison.jitter()))
                .put("optimizer_step_ms", millis(comparison.stepTime()))
                .put("samples_per_s", Math.round(comparison.samplesPerSecond() * 10) / 10.0)
                .put("stages", stages);
    }

    private static double millis(double seconds) {
        return Math.round(seconds * 1e7) / 1e4;
    }

    private static double rounded(double share) {
        return Double.isFinite(share) ? Math.round(share * 1e4) / 1e4 : share;
    }

    /** The means of a run's repeats, and their standard deviations under the same names with {@code _sd}. */
    public static JsonLine mean(RepeatedComparison repeated) {
        Order order = repeated.first().plan().order();
        JsonLine line = JsonLine.event("mean")
                .put("model", repeated.first().plan().spec().model().name())
                .put("schedule", order.name())
                .put("ranks", order.ranks())
                .put("chunks", order.placement().chunks())
                .put("micro_batches", order.microBatches())
                .put("n", repeated.repeats().size());
        put(line, "measured_makespan_ms", repeated.spread(comparison -> comparison.measuredMakespan() * 1000));
        put(line, "simulated_makespan_ms", repeated.spread(ComparisonReport::simulatedMillis));
        put(line, "error", repeated.spread(Comparison::error));
        put(line, "measured_bubble", repeated.spread(Comparison::measuredBubble));
        put(
                line,
                "simulated_bubble",
                repeated.spread(comparison -> comparison.simulation().bubble()));
        put(line, "samples_per_s", repeated.spread(Comparison::samplesPerSecond));
        return line;
    }

    private static void put(JsonLine line, String key, Spread spread) {
        line.put(key, rounded(spread.mean())).put(key + "_sd", rounded(spread.deviation()));
    }

    private static double simulatedMillis(Comparison comparison) {
        return comparison.simulation().makespan() * 1000;
    }

    /** A row a run, with a bar of its samples a second; what was repeated with its mean and standard deviation. */
    public static String table(List<RepeatedComparison> comparisons) {
        double most = comparisons.stream()
                .mapToDouble(repeated ->
                        repeated.spread(Comparison::samplesPerSecond).mean())
                .max()
                .orElse(1);
        Table table = new Table()
                .row(
                        "schedule",
                        "ranks",
                        "chunks",
                        "micro-batches",
                        "measured ms",
                        "simulated ms",
                        "error",
                        "bubble measured",
                        "simulated",
                        "samples/s",
                        "");
        for (RepeatedComparison repeated : comparisons) {
            Order order = repeated.first().plan().order();
            Spread speed = repeated.spread(Comparison::samplesPerSecond);
            int bar = (int) Math.round(BAR * speed.mean() / most);
            table.row(
                    order.name(),
                    order.ranks(),
                    order.placement().chunks(),
                    order.microBatches(),
                    repeated.spread(comparison -> comparison.measuredMakespan() * 1000)
                            .words("%.2f"),
                    repeated.spread(ComparisonReport::simulatedMillis).words("%.2f"),
                    repeated.spread(comparison -> comparison.error() * 100).words("%+.1f %%"),
                    repeated.spread(comparison -> comparison.measuredBubble() * 100)
                            .words("%.1f %%"),
                    repeated.spread(comparison -> comparison.simulation().bubble() * 100)
                            .words("%.1f %%"),
                    speed.words("%,.0f"),
                    comparisons.size() > 1 ? "#".repeat(bar) + " ".repeat(BAR - bar) : "");
        }
        return table
                + caption(comparisons)
                        .map(words -> System.lineSeparator() + words)
                        .orElse("");
    }

    /** What means and spreads are of; an interrupted command has measured the last ones less often. */
    private static Optional<String> caption(List<RepeatedComparison> comparisons) {
        IntSummaryStatistics runs = comparisons.stream()
                .mapToInt(repeated -> repeated.repeats().size())
                .summaryStatistics();
        return runs.getMax() < 2 ? Optional.empty() : Optional.of(Spread.caption(runs, "runs"));
    }

    /** Samples a second over micro-batches, one line for each schedule, ranks and chunks; with error bars of repeats. */
    public static Picture chart(List<RepeatedComparison> comparisons) {
        Map<String, List<Chart.Value>> lines = new LinkedHashMap<>();
        for (RepeatedComparison repeated : comparisons) {
            Order order = repeated.first().plan().order();
            lines.computeIfAbsent(SweepChart.name(order.name(), order.placement()), _ -> new ArrayList<>())
                    .add(repeated.spread(Comparison::samplesPerSecond).at(order.microBatches()));
        }
        String model = comparisons.getFirst().first().plan().spec().model().name();
        String spreads = caption(comparisons).map(words -> " (" + words + ")").orElse("");
        return SweepChart.chart(model + " by schedule", "samples a second, measured" + spreads, lines);
    }
}
