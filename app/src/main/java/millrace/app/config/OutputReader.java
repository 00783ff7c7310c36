package millrace.app.config;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.app.output.OutputFormat;
import millrace.app.output.OutputFormats;
import millrace.app.output.OutputSettings;

/** What a run file says of outputs: {@code training.log-every} and the block {@code logs}. */
public final class OutputReader {
    private OutputReader() {}

    /**
     * @param config resolved by {@link RunFile}
     * @throws IllegalArgumentException on an unknown format
     */
    public static OutputSettings read(Config config) {
        Settings logs = new Settings(config).in("logs");
        Optional<Path> folder = logs.has("folder") ? Optional.of(Path.of(logs.text("folder"))) : Optional.empty();
        List<String> known =
                OutputFormats.logs().stream().map(OutputFormat::name).toList();
        for (String word : logs.texts("formats")) {
            if (!known.contains(word)) {
                throw logs.problem("formats", word, "any of " + String.join(", ", known));
            }
        }
        return new OutputSettings(
                new Settings(config).in("training").integer("log-every"),
                formats(config),
                folder,
                logs.integer("every"),
                logs.flag("histograms"),
                logs.flag("gradient-histograms"));
    }

    /** The formats of the run logs: those that are named, or TensorBoard's where there is only a folder for them. */
    static Set<String> formats(Config config) {
        Settings logs = new Settings(config).in("logs");
        Set<String> named = Set.copyOf(logs.texts("formats"));
        return named.isEmpty() && logs.has("folder") ? Set.of("tensorboard") : named;
    }
}
