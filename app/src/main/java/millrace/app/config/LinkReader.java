package millrace.app.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.actors.link.LinkSpec;

/** Emulated links as one writes them: {@code latency=2ms,jitter=1ms,bandwidth=1Gbit,drop=0.01,duplicate=0.01,slow=1:2}. */
final class LinkReader {
    private static final Pattern SLOW = Pattern.compile("(\\d{1,6}):(\\d{1,6}(?:\\.\\d{1,6})?)");
    private static final Pattern BANDWIDTH = Pattern.compile("([0-9.]+)\\s*([kMG]?)bit(?:/s)?");

    private LinkReader() {}

    /**
     * @param text empty for no emulation
     * @param seed of all that is random
     */
    static LinkSpec read(String text, long seed) {
        Duration latency = Duration.ZERO;
        Duration jitter = Duration.ZERO;
        double bandwidth = Double.POSITIVE_INFINITY;
        double drop = 0;
        double duplicate = 0;
        Map<Integer, Double> slowdowns = Map.of();
        for (Map.Entry<String, String> entry :
                KeyValues.parse(text, LinkReader::problem).entrySet()) {
            String value = entry.getValue();
            String part = entry.getKey() + "=" + value;
            switch (entry.getKey()) {
                case "latency" -> latency = duration(part, value);
                case "jitter" -> jitter = duration(part, value);
                case "bandwidth" -> bandwidth = bandwidth(part, value);
                case "drop" -> drop = number(part, value);
                case "duplicate" -> duplicate = number(part, value);
                case "slow" -> slowdowns = slowdown(part, value);
                default -> throw problem(part);
            }
        }
        return new LinkSpec(latency, jitter, bandwidth, drop, duplicate, seed, slowdowns);
    }

    private static Duration duration(String part, String text) {
        try {
            return ConfigFactory.parseMap(Map.of("time", text)).getDuration("time");
        } catch (ConfigException e) {
            throw new IllegalArgumentException(problem(part).getMessage(), e);
        }
    }

    private static double bandwidth(String part, String text) {
        Matcher matcher = BANDWIDTH.matcher(text);
        if (!matcher.matches()) {
            throw problem(part);
        }
        double factor = switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "k" -> 1e3;
            case "m" -> 1e6;
            case "g" -> 1e9;
            default -> 1;
        };
        return Double.parseDouble(matcher.group(1)) * factor / 8;
    }

    /** {@code 1:2}: rank 1 takes twice as long. */
    private static Map<Integer, Double> slowdown(String part, String text) {
        Matcher slow = SLOW.matcher(text);
        if (!slow.matches()) {
            throw problem(part);
        }
        return Map.of(Integer.valueOf(slow.group(1)), Double.valueOf(slow.group(2)));
    }

    private static double number(String part, String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(problem(part).getMessage(), e);
        }
    }

    private static IllegalArgumentException problem(String part) {
        return new IllegalArgumentException("link: " + part
                + " (expected: latency=TIME, jitter=TIME, bandwidth=BITS, drop=P, duplicate=P, slow=RANK:FACTOR with commas between, as in"
                + " latency=2ms,jitter=1ms,bandwidth=1Gbit)");
    }
}
