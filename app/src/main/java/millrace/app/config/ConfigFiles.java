package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Files in HOCON, read strictly: they and whatever they include must be there. */
public final class ConfigFiles {
    private static final Pattern INCLUDED = Pattern.compile("Parseable\\w+\\(([^()]+)\\)");

    private ConfigFiles() {}

    /**
     * A file, not resolved.
     *
     * @throws IllegalArgumentException when it cannot be read, is not HOCON, or includes what is not there
     */
    static Config parse(Path file) {
        return parse(file, ConfigParseOptions.defaults());
    }

    /**
     * A file in HOCON or JSON, whatever the ending of its name.
     *
     * @throws IllegalArgumentException as {@link #parse(Path)}
     */
    static Config parseAnyName(Path file) {
        return parse(file, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF));
    }

    private static Config parse(Path file, ConfigParseOptions options) {
        try {
            // only a file with a folder in its path has others beside it that it can include
            return ConfigFactory.parseFile(
                    file.toAbsolutePath().toFile(),
                    strict(options, file.toString()).setAllowMissing(false).setOriginDescription(file.toString()));
        } catch (ConfigException e) {
            throw new IllegalArgumentException(oneLine(e), e);
        }
    }

    /**
     * What the JVM was started with: the file that {@code -Dconfig.file} names, or {@code application.conf} of the class
     * path, under system properties.
     *
     * @throws IllegalArgumentException as {@link #parse(Path)}
     */
    public static Config application() {
        String file = System.getProperty("config.file");
        try {
            Config application = file == null
                    ? ConfigFactory.defaultApplication(strict(ConfigParseOptions.defaults(), "application.conf"))
                    : parse(requireFile(Path.of(file)));
            return ConfigFactory.defaultOverrides().withFallback(application);
        } catch (ConfigException | IllegalArgumentException e) {
            throw new IllegalArgumentException("deployment file (MILLRACE_CONF): " + e.getMessage(), e);
        }
    }

    private static Path requireFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": no such file (expected: one of cluster-conf, or one's own)");
        }
        return file;
    }

    private static ConfigParseOptions strict(ConfigParseOptions options, String file) {
        return options.appendIncluder(RequiredIncludes.of(file));
    }

    /** The first line of a configuration error; of files that include each other, which they are. */
    public static String oneLine(ConfigException e) {
        String line = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        if (!line.contains("include statements nested more than")) {
            return line;
        }
        // the library lists each file as often as it has read it, the innermost first
        List<String> files = INCLUDED.matcher(line)
                .results()
                .map(result -> result.group(1))
                .distinct()
                .toList()
                .reversed();
        return files.isEmpty()
                ? line
                : "include: " + String.join(" includes ", files)
                        + ", and so on in a circle (expected: files that do not"
                        + " include each other); take one of the includes out";
    }
}
