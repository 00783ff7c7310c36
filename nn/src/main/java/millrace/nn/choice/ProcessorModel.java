package millrace.nn.choice;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the system says of this machine's processor. */
public final class ProcessorModel {
    private static final Path LINUX = Path.of("/proc/cpuinfo");
    // as Linux names them for x86, and for ARM
    private static final List<String> NUMBERS =
            List.of("cpu family", "model", "stepping", "CPU implementer", "CPU part", "CPU variant");

    private ProcessorModel() {}

    /** Its model in words; where the system does not say, its architecture. */
    public static String name() {
        if (Files.isReadable(LINUX)) {
            try (Stream<String> lines = Files.lines(LINUX)) {
                // one core; all are alike to a table
                return name(lines.takeWhile(line -> !line.isBlank()).toList());
            } catch (IOException _) {
                return architecture();
            }
        }
        return architecture();
    }

    static String name(List<String> lines) {
        Map<String, String> values = new HashMap<>();
        for (String line : lines) {
            String[] parts = line.split(":", 2);
            if (parts.length == 2) {
                values.put(parts[0].strip(), parts[1].strip());
            }
        }
        StringBuilder name = new StringBuilder(values.getOrDefault("model name", architecture()));
        for (String number : NUMBERS) {
            // virtual machines often name a family of processors alone
            String value = values.get(number);
            if (value != null) {
                name.append(' ').append(number).append(' ').append(value);
            }
        }
        return name.toString();
    }

    private static String architecture() {
        return System.getProperty("os.name", "?") + " " + System.getProperty("os.arch", "?");
    }
}
