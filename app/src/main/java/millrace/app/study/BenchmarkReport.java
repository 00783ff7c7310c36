package millrace.app.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import millrace.actors.trace.RankTimes;
import millrace.actors.trace.RankTimes.Part;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.nn.kernel.Precision;
import millrace.schedule.order.Order;

/** The speed of a training, in words and numbers. */
public final class BenchmarkReport {
    private BenchmarkReport() {}

    /** One object with everything; times of ranks in milliseconds a step. */
    public static JsonLine line(Benchmark benchmark) {
        return JsonLine.event("bench")
                .put("model", benchmark.plan().spec().model().name())
                .put("mode", mode(benchmark))
                .put("batch", benchmark.plan().spec().batch())
                .put("microbatches", benchmark.plan().spec().microBatches())
                .put("precision", name(benchmark.plan().spec().model().precision()))
                .put("steps", benchmark.steps())
                .put("samples_per_s", rounded(benchmark.samplesPerSecond(), 10))
                .put("step_ms_median", rounded(benchmark.stepSeconds() * 1e3, 1e4))
                .put("final_loss", benchmark.loss())
                .put("gflops", rounded(benchmark.gigaflops(), 100))
                .put("peak_gflops", rounded(benchmark.peak().gigaflops(), 100))
                .put("peak_precision", name(benchmark.peak().factors()))
                .put("peak_share", rounded(benchmark.peakShare(), 1e4))
                .put("peak_rss_mb", benchmark.peakMegabytes())
                .put("threads", benchmark.peak().threads())
                .put("ranks", ranks(benchmark));
    }

    private static String mode(Benchmark benchmark) {
        Order order = benchmark.plan().order();
        return benchmark.sequential() ? "sequential" : order.name() + "-" + order.ranks();
    }

    private static String name(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }

    private static double rounded(double value, double parts) {
        return Math.round(value * parts) / parts;
    }

    private static List<JsonLine> ranks(Benchmark benchmark) {
        List<JsonLine> lines = new ArrayList<>();
        for (int rank = 0; rank < benchmark.ranks().size(); rank++) {
            JsonLine line = new JsonLine()
                    .put("rank", rank)
                    .put("stages", benchmark.plan().order().placement().stagesOf(rank))
                    .put("step_ms", millis(benchmark.ranks().get(rank).whole(), benchmark));
            benchmark.ranks().get(rank).parts().forEach((part, nanos) -> line.put(key(part), millis(nanos, benchmark)));
            lines.add(line);
        }
        return lines;
    }

    private static double millis(long nanos, Benchmark benchmark) {
        return rounded(nanos / 1e6 / benchmark.steps(), 1e4);
    }

    private static String key(Part part) {
        return switch (part) {
            case FORWARD -> "forward_ms";
            case BACKWARD_INPUT -> "backward_input_ms";
            case BACKWARD_WEIGHT -> "backward_weight_ms";
            case STEP -> "optimizer_step_ms";
            case EXCHANGE -> "exchange_ms";
            case WAIT -> "wait_ms";
        };
    }

    /** A few sentences, and a table of where the time went. */
    public static String text(Benchmark benchmark) {
        String told = String.format(
                Locale.ROOT,
                "%s, %s, batches of %d in %d %s, %d steps:%n"
                        + "%,.0f samples/s, %.3f ms a step, %.1f GFLOP/s, %.1f %% of the peak of %d x %.1f GFLOP/s (%s)",
                benchmark.plan().spec().model().name(),
                who(benchmark),
                benchmark.plan().spec().batch(),
                benchmark.plan().spec().microBatches(),
                benchmark.plan().spec().microBatches() == 1 ? "micro-batch" : "micro-batches",
                benchmark.steps(),
                benchmark.samplesPerSecond(),
                benchmark.stepSeconds() * 1e3,
                benchmark.gigaflops(),
                benchmark.peakShare() * 100,
                benchmark.peak().threads(),
                benchmark.peak().gigaflops() / benchmark.peak().threads(),
                inWords(benchmark.peak().factors()));
        return benchmark.ranks().isEmpty()
                ? told
                : told + System.lineSeparator() + System.lineSeparator() + table(benchmark);
    }

    private static String who(Benchmark benchmark) {
        Order order = benchmark.plan().order();
        return benchmark.sequential()
                ? "sequential"
                : String.format(Locale.ROOT, "%s on %d ranks", order.name(), order.ranks());
    }

    private static String inWords(Precision precision) {
        return switch (precision) {
            case F32 -> "float32";
            case BF16 -> "bfloat16";
        };
    }

    private static Table table(Benchmark benchmark) {
        Table table = new Table()
                .row(
                        "ms a step",
                        "stages",
                        "forward",
                        "backward-input",
                        "backward-weight",
                        "step",
                        "exchange",
                        "wait",
                        "all");
        for (int rank = 0; rank < benchmark.ranks().size(); rank++) {
            RankTimes times = benchmark.ranks().get(rank);
            List<Object> cells = new ArrayList<>();
            cells.add("rank " + rank);
            cells.add(benchmark.plan().order().placement().stagesOf(rank).stream()
                    .map(String::valueOf)
                    .reduce((a, b) -> a + "," + b)
                    .orElse(""));
            for (Map.Entry<Part, Long> part : times.parts().entrySet()) {
                cells.add(String.format(
                        Locale.ROOT,
                        "%.3f (%.0f %%)",
                        part.getValue() / 1e6 / benchmark.steps(),
                        100.0 * part.getValue() / times.whole()));
            }
            cells.add(String.format(Locale.ROOT, "%.3f", times.whole() / 1e6 / benchmark.steps()));
            table.row(cells.toArray());
        }
        return table;
    }
}
