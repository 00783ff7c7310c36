package millrace.app.output;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** The known {@link OutputFormat}s by name: our own and those that the class path adds. */
public final class OutputFormats {
    private OutputFormats() {}

    private static Map<String, OutputFormat> all() {
        List<OutputFormat> found = new ArrayList<>();
        ServiceLoader.load(OutputFormat.class).forEach(found::add);
        // ours come first, whatever the class path's order, and nobody replaces them unawares
        String own = OutputFormats.class.getPackageName();
        found.sort(Comparator.comparing(
                format -> !format.getClass().getPackageName().startsWith(own)));
        Map<String, OutputFormat> byName = new LinkedHashMap<>();
        found.forEach(format -> byName.putIfAbsent(format.name(), format));
        return byName;
    }

    /** Those that write files, in the order in which they are told; their names are what {@code logs.formats} takes. */
    public static List<OutputFormat> logs() {
        return all().values().stream().filter(OutputFormat::isLog).toList();
    }

    /** The one for who reads standard output. */
    static OutputFormat of(Audience audience) {
        OutputFormat format = all().get(audience.format());
        if (format == null) {
            throw new IllegalStateException("output format " + audience.format()
                    + ": none (expected: registered in META-INF/services/" + OutputFormat.class.getName() + ")");
        }
        return format;
    }
}
