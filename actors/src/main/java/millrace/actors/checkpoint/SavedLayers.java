package millrace.actors.checkpoint;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import millrace.nn.layer.Block;
import millrace.nn.layer.Branch;
import millrace.nn.layer.Layer;
import millrace.nn.layer.LayerKey;
import millrace.nn.layer.LayerSettings;
import millrace.nn.layer.LayerType;
import millrace.nn.layer.LayerTypes;

/**
 * Layers as a list of their types and settings, as run files have it, and back. The points of skip connections, which a
 * model has one by one, are told as the {@code residual} that they came from.
 */
final class SavedLayers {
    private static final String TYPE = "type";
    private static final String RESIDUAL = "residual";
    private static final String MAIN = "layers";
    private static final String SHORTCUT = "shortcut";

    private SavedLayers() {}

    // ---- into text

    /**
     * @return maps and lists of texts, numbers and truth values
     * @throws IllegalArgumentException when a setting is of another kind, or the points of a skip connection are not as
     *     {@code residual} sets them
     */
    static List<Object> described(List<Layer> layers) {
        Line line = new Line(layers);
        List<Object> all = line.upToABranch();
        if (line.hasNext()) {
            throw new IllegalArgumentException(line.next().type() + " without a fork (expected: as residual sets it)");
        }
        return all;
    }

    private static final class Line {
        private final List<Layer> layers;
        private int at;

        private Line(List<Layer> layers) {
            this.layers = layers;
        }

        boolean hasNext() {
            return at < layers.size();
        }

        Layer next() {
            return layers.get(at++);
        }

        /** The layers before the next shortcut or join that no fork among them began. */
        List<Object> upToABranch() {
            List<Object> found = new ArrayList<>();
            while (hasNext() && layers.get(at) != Branch.SHORTCUT && layers.get(at) != Branch.JOIN) {
                Layer layer = next();
                found.add(layer == Branch.FORK ? residual() : one(at - 1, layer));
            }
            return found;
        }

        private Map<String, Object> residual() {
            Map<String, Object> residual = new LinkedHashMap<>();
            residual.put(TYPE, RESIDUAL);
            residual.put(MAIN, upToABranch());
            if (hasNext() && layers.get(at) == Branch.SHORTCUT) {
                at++;
                residual.put(SHORTCUT, upToABranch());
            }
            if (!hasNext() || next() != Branch.JOIN) {
                throw new IllegalArgumentException(
                        "a fork that no join follows (expected: both, as residual sets them)");
            }
            return residual;
        }
    }

    private static Map<String, Object> one(int index, Layer layer) {
        try {
            Map<String, Object> settings = new LinkedHashMap<>();
            settings.put(TYPE, LayerTypes.named(layer.type()).name());
            new TreeMap<>(layer.settings()).forEach((key, value) -> settings.put(key, plain(key, value)));
            return settings;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("layer " + index + ": " + e.getMessage(), e);
        }
    }

    private static Object plain(String key, Object value) {
        return switch (value) {
            case Boolean _, Integer _, Long _, String _ -> value;
            case Double number when Double.isFinite(number) -> number;
            // the shortest decimal number that is this one: a double would show the digits that it does not have
            case Float number when Float.isFinite(number) -> Double.valueOf(number.toString());
            case Enum<?> constant -> word(constant);
            case List<?> numbers when numbers.stream().allMatch(Integer.class::isInstance) -> numbers;
            default ->
                throw new IllegalArgumentException(key + ": " + value
                        + " (expected: a finite number, a truth value, a text, a constant of an enum or a list of whole"
                        + " numbers); let settings"
                        + " of the layer say it in these");
        };
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    // ---- and back

    /** @throws IllegalArgumentException when a type or a key is not known here, or a value is not what it takes */
    static List<Block> read(List<? extends ConfigValue> values) {
        List<Block> blocks = new ArrayList<>();
        for (ConfigValue value : values) {
            try {
                blocks.add(block(value));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("layer " + blocks.size() + ": " + e.getMessage(), e);
            }
        }
        return blocks;
    }

    private static Block block(ConfigValue value) {
        if (!(value instanceof ConfigObject object)) {
            throw new IllegalArgumentException(value.unwrapped() + " (expected: type and settings of a layer)");
        }
        Config saved = object.toConfig();
        LayerType type = LayerTypes.named(new Saved(saved).text(TYPE));
        Map<String, Object> defaults = new HashMap<>();
        for (LayerKey key : type.keys()) {
            if (key.standard() != null) {
                defaults.put(key.name(), key.standard());
            }
        }
        List<String> known = type.keys().stream().map(LayerKey::name).toList();
        object.keySet().stream()
                .filter(key -> !key.equals(TYPE) && !known.contains(key))
                .findFirst()
                .ifPresent(key -> {
                    throw new IllegalArgumentException(
                            key + ": unknown key of a " + type.name() + " layer (expected: one of " + known + ")");
                });
        return type.factory().apply(new Saved(saved.withFallback(ConfigFactory.parseMap(defaults))));
    }

    private record Saved(Config config) implements LayerSettings {
        private <T> T get(String key, String expected, BiFunction<Config, String, T> getter) {
            try {
                return getter.apply(config, key);
            } catch (ConfigException e) {
                Object found = config.hasPath(key) ? config.getValue(key).unwrapped() : "nothing";
                throw new IllegalArgumentException(key + ": " + found + " (expected: " + expected + ")", e);
            }
        }

        @Override
        public int integer(String key) {
            return get(key, "a whole number", Config::getInt);
        }

        @Override
        public List<Integer> integers(String key, int count) {
            if (!(config.hasPath(key) && config.getValue(key) instanceof ConfigList)) {
                return Collections.nCopies(count, integer(key));
            }
            List<Integer> numbers = get(key, count + " whole numbers", Config::getIntList);
            if (numbers.size() != count) {
                throw problem(key, numbers, count + " whole numbers");
            }
            return numbers;
        }

        @Override
        public double number(String key) {
            return get(key, "a number", Config::getDouble);
        }

        @Override
        public boolean flag(String key) {
            return get(key, "true or false", Config::getBoolean);
        }

        @Override
        public String text(String key) {
            return get(key, "text", Config::getString);
        }

        @Override
        public <E extends Enum<E>> E choice(String key, Class<E> type) {
            String text = text(key);
            for (E constant : type.getEnumConstants()) {
                if (word(constant).equals(text)) {
                    return constant;
                }
            }
            throw problem(key, text, "one of " + List.of(type.getEnumConstants()));
        }

        @Override
        public List<Block> layers(String key) {
            return read(get(key, "a list of layers", Config::getList));
        }

        @Override
        public IllegalArgumentException problem(String key, Object value, String expected) {
            return new IllegalArgumentException(key + ": " + value + " (expected: " + expected + ")");
        }
    }
}
