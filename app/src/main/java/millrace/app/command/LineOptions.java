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
                    "stage actors: a number, auto (as many as compute threads), layers (one a layer with weights)")
    private @Nullable String stages;

    @Option(names = "--ranks", paramLabel = "P", description = "workers of the schedule")
    private @Nullable String ranks;

    @Option(names = "--chunks", paramLabel = "V", description = "stages that each worker holds (stages = P x V)")
    private @Nullable String chunks;

    @Option(
            names = "--schedule",
            paramLabel = "NAME|FILE.csv",
            description = "see: millrace schedules; a CSV file decides ranks, chunks and micro-batches itself")
    private @Nullable String schedule;

    @Option(
            names = "--accumulate",
            paramLabel = "K",
            description = "async-1f1b, greedy: micro-batches of one optimizer step (default: stages - 1)")
    private @Nullable Integer accumulate;

    @Option(names = "--micro-batches", paramLabel = "M", description = "slices that a batch is cut into")
    private @Nullable String microBatches;

    @Option(names = "--batch", paramLabel = "B", description = "samples of one optimizer step")
    private @Nullable Integer batch;

    @Option(
            names = "--compute-threads",
            paramLabel = "T",
            description = "stage actions computed at the same time (default: cores)")
    private @Nullable Integer computeThreads;

    /** As settings of a run file. */
    void addTo(Map<String, Object> settings) {
        put(settings, "pipeline.stages", stages);
        put(settings, "pipeline.ranks", ranks);
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
