package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** Typed access to settings; what has the wrong type or an unknown name is a one-line error. */
public final class Settings {
    private static final Pattern JAVAS_OWN = Pattern.compile("[-+]?(0[xX].*|[\\d.].*[dDfF])");

    private static final String A_TIME = "a time, as 5s or 200ms";

    private final Config config;
    private final String path;

    public Settings(Config config) {
        this(config, "");
    }

    private Settings(Config config, String path) {
        this.config = config;
        this.path = path;
    }

    public Settings in(String block) {
        return new Settings(config.getConfig(block), path + block + ".");
    }

    /** The same settings under another name, for errors. */
    Settings called(String name) {
        return new Settings(config, name + ".");
    }

    public boolean has(String key) {
        return config.hasPath(key);
    }

    public String text(String key) {
        return get(key, "text", Config::getString);
    }

    /** A whole number; {@code 8.0} and {@code 1e3} are some, {@code 8.5} and what is too large are not. */
    public int integer(String key) {
        return (int) whole(key, text(key, "a whole number"), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** A whole number, as {@link #integer}. */
    public long longInteger(String key) {
        return whole(key, text(key, "a whole number"), Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** A number that is neither infinite nor none. */
    double number(String key) {
        return finite(
                key, decimal(key, get(key, "a number", Config::getString), get(key, "a number", Config::getDouble)));
    }

    double number(String key, double otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    boolean flag(String key) {
        return get(key, "true or false", Config::getBoolean);
    }

    List<String> texts(String key) {
        return get(key, "a list of texts", Config::getStringList);
    }

    boolean isBlock(String key) {
        return has(key) && config.getValue(key).valueType() == ConfigValueType.OBJECT;
    }

    /** A block as it is. */
    Config block(String key) {
        return get(key, "a block in braces", Config::getConfig);
    }

    boolean isList(String key) {
        return has(key) && config.getValue(key).valueType() == ConfigValueType.LIST;
    }

    /** The parts of a list, whatever they are. */
    List<ConfigValue> values(String key) {
        if (!isList(key)) {
            throw problem(key, has(key) ? config.getValue(key).unwrapped() : "nothing", "a list");
        }
        return config.getList(key);
    }

    List<Integer> integers(String key) {
        String expected = "a list of whole numbers";
        return get(key, expected, Config::getStringList).stream()
                .map(text -> {
                    try {
                        return (int) whole(key, text, Integer.MIN_VALUE, Integer.MAX_VALUE);
                    } catch (IllegalArgumentException _) {
                        throw problem(key, config.getValue(key).unwrapped(), expected);
                    }
                })
                .toList();
    }

    List<Double> numbers(String key) {
        List<Double> numbers = get(key, "a list of numbers", Config::getDoubleList);
        numbers.forEach(number -> finite(key, number));
        texts(key).forEach(text -> decimal(key, text, 0));
        return numbers;
    }

    Duration duration(String key) {
        return duration(key, A_TIME);
    }

    /** A time; empty where a word stands instead. */
    Optional<Duration> durationUnless(String word, String key) {
        String expected = word + ", or " + A_TIME;
        return get(key, expected, Config::getString).equals(word)
                ? Optional.empty()
                : Optional.of(duration(key, expected));
    }

    private Duration duration(String key, String expected) {
        // of a number alone the library makes milliseconds, and people mean seconds
        if (get(key, expected, Config::getString).chars().noneMatch(Character::isLetter)) {
            throw problem(key, text(key), expected);
        }
        return get(key, expected, Config::getDuration);
    }

    /** A value of an enum, written in lower case with hyphens. */
    <E extends Enum<E>> E choice(String key, Class<E> type) {
        return constant(key, text(key), type);
    }

    /** An error about one setting. */
    IllegalArgumentException problem(String key, Object value, String expected) {
        return new IllegalArgumentException(path + key + ": " + value + " (expected: " + expected + ")");
    }

    /** Values of an enum, written in lower case with hyphens. */
    <E extends Enum<E>> List<E> choices(String key, Class<E> type) {
        return texts(key).stream().map(text -> constant(key, text, type)).toList();
    }

    private <E extends Enum<E>> E constant(String key, String text, Class<E> type) {
        for (E constant : type.getEnumConstants()) {
            if (word(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(path + key + ": " + text + " (expected: one of "
                + String.join(
                        ", ",
                        Arrays.stream(type.getEnumConstants())
                                .map(Settings::word)
                                .toList()) + ")");
    }

    /** A constant as it is written in a run file. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private String text(String key, String expected) {
        return get(key, expected, Config::getString);
    }

    /** The number that a text stands for, exactly: the library would cut off what is behind the point. */
    private long whole(String key, String text, long least, long most) {
        try {
            BigDecimal number = new BigDecimal(text.strip());
            if (number.compareTo(BigDecimal.valueOf(least)) < 0 || number.compareTo(BigDecimal.valueOf(most)) > 0) {
                throw problem(key, text, "a whole number from " + least + " to " + most);
            }
            return number.longValueExact();
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    problem(key, text, "a whole number").getMessage(), e);
        }
    }

    /** Keeps out what only Java takes for numbers: 1d, 0.5f, 0x1p-3. */
    private double decimal(String key, String text, double number) {
        if (JAVAS_OWN.matcher(text.strip()).matches()) {
            throw problem(key, text, "a number");
        }
        return number;
    }

    private double finite(String key, double number) {
        if (!Double.isFinite(number)) {
            throw problem(key, number, "a finite number");
        }
        return number;
    }

    private <T> T get(String key, String expected, BiFunction<Config, String, T> getter) {
        if (!has(key)) {
            throw problem(key, "nothing", expected);
        }
        try {
            return getter.apply(config, key);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(
                    path + key + ": " + config.getValue(key).unwrapped() + " (expected: " + expected + ")", e);
        }
    }
}
