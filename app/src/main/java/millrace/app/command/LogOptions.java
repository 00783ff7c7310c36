package millrace.app.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is told of a run on its way, and where else it is logged. */
final class LogOptions {
    @Option(
            names = "--log-every",
            paramLabel = "K",
            description = "show every K-th step; at a terminal a progress bar takes its place")
    private @Nullable Integer logEvery;

    @Option(
            names = "--log-dir",
            paramLabel = "DIR",
            description = "folder for the logs of --logs; tensorboard --logdir DIR shows them")
    private @Nullable String folder;

    @Option(
            names = "--logs",
            paramLabel = "FORMAT",
            split = ",",
            description =
                    "which logs of the run to write: tensorboard, csv, jsonl, with commas between (default: none, with"
                            + " --log-dir tensorboard); they are in the run's folder unless --log-dir names another")
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
