package millrace.app.sweep;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A setting that differs between trials, and the values that it may have. */
public sealed interface Axis {
    /** The setting's key, as -D has it. */
    String key();

    /** A value drawn from all of them. */
    String draw(Random random);

    /**
     * One of a list, each as probable as the others.
     *
     * @param values as -D has them
     */
    record Choice(String key, List<String> values) implements Axis {
        public Choice {
            values = List.copyOf(values);
        }

        @Override
        public String draw(Random random) {
            return values.get(random.nextInt(values.size()));
        }
    }

    /**
     * A number between two, log-uniform: each factor of ten is as probable as the others.
     *
     * @param whole whether only whole numbers are meant
     */
    record Range(String key, double low, double high, boolean whole) implements Axis {
        private static final MathContext DIGITS = new MathContext(4);

        @Override
        public String draw(Random random) {
            double drawn = low * Math.pow(high / low, random.nextDouble());
            return whole
                    ? Long.toString(Math.min((long) high, Math.max((long) low, Math.round(drawn))))
                    : new BigDecimal(drawn).round(DIGITS).stripTrailingZeros().toString();
        }
    }

    /**
     * From text: {@code key=v1,v2} or {@code key=low..high}. Commas within brackets and quotes belong to a value.
     *
     * @throws IllegalArgumentException on anything else
     */
    static Axis parse(String text) {
        int equals = text.indexOf('=');
        String values = equals < 0 ? "" : text.substring(equals + 1).strip();
        if (equals < 1 || values.isEmpty()) {
            throw problem(text, "key=v1,v2 or key=low..high, as in training.optimizer.lr=1e-4..1e-1");
        }
        String key = text.substring(0, equals).strip();
        Matcher range = Pattern.compile("([^\\s,]+?)\\.\\.([^\\s,]+)").matcher(values);
        if (range.matches()) {
            return range(text, key, range.group(1), range.group(2));
        }
        List<String> parts = split(values);
        if (parts.stream().anyMatch(String::isEmpty)) {
            throw problem(text, "a value between any two commas");
        }
        return new Choice(key, parts);
    }

    private static Axis range(String text, String key, String from, String to) {
        try {
            double low = Double.parseDouble(from);
            double high = Double.parseDouble(to);
            if (low > 0 && low < high && Double.isFinite(high)) {
                return new Range(key, low, high, (from + to).matches("\\d+"));
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--grid " + text + ": no numbers (expected: low..high)", e);
        }
        throw problem(text, "low..high with 0 < low < high");
    }

    private static List<String> split(String values) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < values.length(); i++) {
            char c = values.charAt(i);
            quoted ^= c == '"';
            if (!quoted) {
                depth += c == '[' || c == '{' ? 1 : 0;
                depth -= c == ']' || c == '}' ? 1 : 0;
            }
            if (c == ',' && depth == 0 && !quoted) {
                parts.add(part.toString().strip());
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        parts.add(part.toString().strip());
        return parts;
    }

    private static IllegalArgumentException problem(String text, String expected) {
        return new IllegalArgumentException("--grid " + text + " (expected: " + expected + ")");
    }
}
