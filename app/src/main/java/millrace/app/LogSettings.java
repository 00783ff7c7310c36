package millrace.app;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where Akka's log goes, by the variable {@code MILLRACE_LOG}, and how much of it there is: {@code DEBUG}, {@code
 * /tmp/node.log}, {@code INFO,-}. Logging begins with the first class that logs, so these become system properties, which
 * {@code logback.xml} reads, before anything else happens.
 *
 * @param properties to set
 */
record LogSettings(Map<String, String> properties) {
    private static final Set<String> LEVELS = Set.of("OFF", "ERROR", "WARN", "INFO", "DEBUG");

    /**
     * Reads the variable.
     *
     * @param text a level; a file, or - for standard error; json for a JSON object a line; with commas between, several of them; null or
     *     empty: warnings, to a file
     * @throws IllegalArgumentException when it is something else
     */
    static LogSettings parse(@Nullable String text, Path state) {
        Map<String, String> properties = new TreeMap<>();
        properties.put("millrace.log.file", state.resolve("millrace.log").toString());
        properties.put(
                "millrace.log.pid", String.valueOf(ProcessHandle.current().pid()));
        for (String word : Objects.requireNonNullElse(text, "").split(",", -1)) {
            String level = word.strip().toUpperCase(Locale.ROOT).replace("WARNING", "WARN");
            if (LEVELS.contains(level)) {
                properties.put("millrace.log.level", level);
                properties.put("akka.loglevel", level.replace("WARN", "WARNING"));
            } else if (level.equals("JSON")) {
                properties.put("millrace.log.as", "-json");
            } else if (word.strip().equals("-")) {
                properties.put("millrace.log.to", "stderr");
            } else if (word.contains("/") || word.contains(".")) {
                properties.put("millrace.log.file", word.strip());
            } else if (!word.isBlank()) {
                throw new IllegalArgumentException("MILLRACE_LOG: " + text
                        + " (expected: a level, one of OFF, ERROR, WARN, INFO, DEBUG; a file, with a / or a dot in its name;"
                        + " - for standard error; json for a JSON object a line; as in INFO,json,-)");
            }
        }
        return new LogSettings(properties);
    }

    /** Sets what nobody has set on the command line of the JVM. */
    void apply() {
        properties.forEach((key, value) -> {
            if (System.getProperty(key) == null) {
                System.setProperty(key, value);
            }
        });
    }
}
