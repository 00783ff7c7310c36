package millrace.app.command;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import millrace.app.config.RunFile;
import picocli.CommandLine.Option;

/** Any settings of a run file, as a command line gives them; what every command has that reads one. */
final class GivenSettings {
    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description =
                    "a setting of the run file, as in -D training.batch=32. Where a key is given twice the last one counts."
                            + " A value is taken as it stands, with a # in it too, unless it is a list [..], a block {..}"
                            + " or \"in quotes\"")
    private List<String> overrides = new ArrayList<>();

    /**
     * The settings of a preset or file with these on top.
     *
     * @param more what options of their own say, by key; they count before these
     */
    Config resolve(String presetOrFile, Map<String, Object> more) {
        return RunFile.resolve(presetOrFile, overrides, more);
    }

    /** The text of a run file: a preset or file with these on top, and with other settings of its line. */
    String runFile(String presetOrFile, Map<String, Object> line) {
        return RunFile.withLine(presetOrFile, overrides, line);
    }

    /** Saved settings with these on top, and with what options of their own say. */
    Config resolve(Config saved, Map<String, Object> more) {
        return RunFile.resolve(saved, overrides, more);
    }

    /**
     * @param without what has no effect in this command
     * @throws IllegalArgumentException when such a setting is given
     */
    void requireNone(Predicate<String> without, String expected) {
        for (String override : overrides) {
            String key = override.split("=", 2)[0].strip();
            if (without.test(key)) {
                throw new IllegalArgumentException("-D " + override + " (expected: " + expected + "); leave it out");
            }
        }
    }
}
