package millrace.app.config;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import millrace.app.log.LogSettings;
import millrace.app.log.LogSettings.Format;

/** The block {@code logs} of a run file. */
public final class LogReader {
    private LogReader() {}

    /**
     * @param config resolved by {@link RunFile}
     * @throws IllegalArgumentException on an unknown format
     */
    public static LogSettings read(Config config) {
        Settings logs = new Settings(config).in("logs");
        Optional<Path> folder = logs.has("folder") ? Optional.of(Path.of(logs.text("folder"))) : Optional.empty();
        Set<Format> formats = EnumSet.noneOf(Format.class);
        for (String word : logs.texts("formats")) {
            formats.add(format(logs, word));
        }
        if (folder.isPresent() && formats.isEmpty()) {
            formats.add(Format.TENSORBOARD);
        }
        return new LogSettings(
                formats, folder, logs.integer("every"), logs.flag("histograms"), logs.flag("gradient-histograms"));
    }

    private static Format format(Settings logs, String word) {
        for (Format format : Format.values()) {
            if (format.name().toLowerCase(Locale.ROOT).equals(word)) {
                return format;
            }
        }
        throw logs.problem("formats", word, "any of " + String.join(", ", words()));
    }

    private static List<String> words() {
        return EnumSet.allOf(Format.class).stream()
                .map(format -> format.name().toLowerCase(Locale.ROOT))
                .toList();
    }
}
