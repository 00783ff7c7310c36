package millrace.app.command;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a line is divided and in which order it works: what the options of a run have in common with a summary. */
final class LineOptions {
    @Option(
            names = "--stages",
            paramLabel = "N|auto|layers",
            description =
                    "into how many stages the network is cut: a number, auto (as many as compute threads), layers (each"
                            + " layer with weights is a stage)")
    private @Nullable String stages;

    @Option(
            names = "--ranks",
            paramLabel = "P",
            description = "actors that the stages are divided among, each on a thread of its own")
    private @Nullable String ranks;

    @Option(
            names = "--replicas",
            paramLabel = "R",
            description =
                    "copies of the line side by side, each with ranks of its own (P x R in all) and every R-th micro-batch; they add"
                            + " up their gradients before a step (default: 1)")
    private @Nullable Integer replicas;

    @Option(names = "--chunks", paramLabel = "V", description = "stages that each rank holds (stages = P x V)")
    private @Nullable String chunks;

    @Option(
            names = "--schedule",
            paramLabel = "NAME|FILE.csv",
            description =
                    "in which order ranks work; millrace schedules lists all names. A CSV file also says how many ranks, chunks"
                            + " and micro-batches there are")
    private @Nullable String schedule;

    @Option(
            names = "--accumulate",
            paramLabel = "K",
            description =
                    "async-1f1b, greedy: micro-batches from one optimizer step of a stage to the next (default: those of a"
                            + " batch, or stages - 1 if that is more)")
    private @Nullable Integer accumulate;

    @Option(
            names = "--micro-batches",
            paramLabel = "M",
            description = "how many slices a batch is cut into; they pass the stages one behind the other")
    private @Nullable String microBatches;

    @Option(names = "--batch", paramLabel = "B", description = "samples from one optimizer step to the next")
    private @Nullable Integer batch;

    @Option(
            names = "--compute-threads",
            paramLabel = "T",
            description = "how many ranks may compute at the same time (default: number of cores)")
    private @Nullable Integer computeThreads;

    /** As settings of a run file. */
    void addTo(Map<String, Object> settings) {
        put(settings, "pipeline.stages", stages);
        put(settings, "pipeline.ranks", ranks);
        put(settings, "pipeline.replicas", replicas);
        put(settings, "pipeline.chunks", chunks);
        put(settings, "pipeline.schedule", schedule);
        put(settings, "pipeline.accumulate", accumulate);
        put(settings, "pipeline.micro-batches", microBatches);
        put(settings, "pipeline.compute-threads", computeThreads);
        put(settings, "training.batch", batch);
    }

    static void put(Map<String, Object> settings, String key, @Nullable Object value) {
        if (value != null) {
            settings.put(key, value);
        }
    }
}
