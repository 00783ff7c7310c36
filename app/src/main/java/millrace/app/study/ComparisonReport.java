package millrace.app.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
            stages.add(new JsonLine()
                    .put("stage", stage)
                    .put("forward_ms", millis(cost.forward()))
                    .put("backward_ms", millis(cost.backward()))
                    .put("backward_input_ms", millis(cost.backwardInput()))
                    .put("backward_weight_ms", millis(cost.backwardWeight())));
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
        return Math.round(share * 1e4) / 1e4;
    }

    /** A row a run, with a bar of its samples a second. */
    public static String table(List<Comparison> comparisons) {
        double most = comparisons.stream()
                .mapToDouble(Comparison::samplesPerSecond)
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
        for (Comparison comparison : comparisons) {
            Order order = comparison.plan().order();
            int bar = (int) Math.round(BAR * comparison.samplesPerSecond() / most);
            table.row(
                    order.name(),
                    order.ranks(),
                    order.placement().chunks(),
                    order.microBatches(),
                    format("%.2f", comparison.measuredMakespan() * 1000),
                    format("%.2f", comparison.simulation().makespan() * 1000),
                    format("%+.1f %%", comparison.error() * 100),
                    format("%.1f %%", comparison.measuredBubble() * 100),
                    format("%.1f %%", comparison.simulation().bubble() * 100),
                    format("%,.0f", comparison.samplesPerSecond()),
                    comparisons.size() > 1 ? "#".repeat(bar) + " ".repeat(BAR - bar) : "");
        }
        return table.toString();
    }

    private static String format(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }

    /** Samples a second over micro-batches, one line for each schedule, ranks and chunks. */
    public static Picture chart(List<Comparison> comparisons) {
        Map<String, List<Chart.Value>> lines = new LinkedHashMap<>();
        for (Comparison comparison : comparisons) {
            Order order = comparison.plan().order();
            lines.computeIfAbsent(SweepChart.name(order.name(), order.placement()), _ -> new ArrayList<>())
                    .add(new Chart.Value(order.microBatches(), comparison.samplesPerSecond()));
        }
        String model = comparisons.getFirst().plan().spec().model().name();
        return SweepChart.chart(model + " by schedule", "samples a second, measured", lines);
    }
}
