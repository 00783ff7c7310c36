package millrace.app.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes of memory as people write them: {@code 64MB}, {@code 1.5GiB}, {@code 800k}. */
public final class MemorySize {
    private static final Pattern SIZE =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(?:([kmgt])(i?))?b?", Pattern.CASE_INSENSITIVE);
    private static final String UNITS = "kmgt";

    private MemorySize() {}

    /**
     * Bytes. A kB is 1,000 of them, a KiB 1,024.
     *
     * @param what the option that it stands behind, for the error
     */
    public static double bytes(String what, String text) {
        Matcher size = SIZE.matcher(text.strip());
        if (!size.matches() || Double.parseDouble(size.group(1)) == 0) {
            throw new IllegalArgumentException(
                    what + ": " + text + " (expected: a size above 0, as 64MB, 1.5GiB or 800k)");
        }
        double number = Double.parseDouble(size.group(1));
        String unit = size.group(2);
        if (unit == null) {
            return number;
        }
        double kilo = size.group(3).isEmpty() ? 1000 : 1024;
        return number * Math.pow(kilo, 1 + UNITS.indexOf(unit.toLowerCase(Locale.ROOT)));
    }

    /** As people read it, with three digits: {@code 64.0 MB}. */
    public static String text(double bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        int unit = 0;
        double value = bytes;
        while (value >= 999.5 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        int digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + digits + "f %s", value, units[unit]);
    }
}
