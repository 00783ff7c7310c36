package millrace.app.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is told of a run on its way, and where else it is logged. */
final class LogOptions {
    @Option(names = "--log-every", paramLabel = "K", description = "tell every K-th step (not at a terminal)")
    private @Nullable Integer logEvery;

    @Option(
            names = "--log-dir",
            paramLabel = "DIR",
            description = "write run logs there: see --logs; look at them with tensorboard --logdir DIR")
    private @Nullable String folder;

    @Option(
            names = "--logs",
            paramLabel = "FORMAT",
            split = ",",
            description =
                    "run logs: tensorboard, csv, jsonl, with commas between (default: tensorboard with --log-dir);"
                            + " without --log-dir in the run's folder")
    private List<String> formats = new ArrayList<>();

    @Option(
            names = "--gradient-histograms",
            description = "for tensorboard: how the gradients of each layer are spread, at the ends of epochs")
    private boolean gradientHistograms;

    /** As settings of a run file. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        if (logEvery != null) {
            if (logEvery < 0) {
                throw new IllegalArgumentException("--log-every: " + logEvery + " (expected: 0 or more)");
            }
            settings.put("training.log-every", logEvery);
        }
        if (folder != null) {
            settings.put("logs.folder", folder);
        }
        if (!formats.isEmpty()) {
            settings.put("logs.formats", formats);
        }
        if (gradientHistograms) {
            settings.put("logs.gradient-histograms", true);
        }
        return settings;
    }
}
