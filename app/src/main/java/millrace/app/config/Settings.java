package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;

/** Typed access to settings; what has the wrong type or an unknown name is a one-line error. */
final class Settings {
    private final Config config;
    private final String path;

    Settings(Config config) {
        this(config, "");
    }

    private Settings(Config config, String path) {
        this.config = config;
        this.path = path;
    }

    Settings in(String block) {
        return new Settings(config.getConfig(block), path + block + ".");
    }

    /** The same settings under another name, for errors. */
    Settings called(String name) {
        return new Settings(config, name + ".");
    }

    boolean has(String key) {
        return config.hasPath(key);
    }

    String text(String key) {
        return get(key, "text", Config::getString);
    }

    int integer(String key) {
        return get(key, "a whole number", Config::getInt);
    }

    long longInteger(String key) {
        return get(key, "a whole number", Config::getLong);
    }

    double number(String key) {
        return get(key, "a number", Config::getDouble);
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
        return get(key, "a list of whole numbers", Config::getIntList);
    }

    List<Double> numbers(String key) {
        return get(key, "a list of numbers", Config::getDoubleList);
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
