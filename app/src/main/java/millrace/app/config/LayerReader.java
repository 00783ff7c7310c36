package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import millrace.nn.layer.Block;
import millrace.nn.layer.LayerKey;
import millrace.nn.layer.LayerSettings;
import millrace.nn.layer.LayerType;
import millrace.nn.layer.LayerTypes;

/**
 * Layers from a run file: {@code { type = dense, units = 256 }}, or the bare type where nothing is to be said. Where a
 * number may depend on the data, the word {@code classes} stands for how many classes, or characters of a text, there are.
 */
final class LayerReader {
    private static final String CLASSES = "classes";

    private final int classes;

    /** @param classes of the data; 0 where it has values */
    LayerReader(int classes) {
        this.classes = classes;
    }

    List<Block> read(List<? extends ConfigValue> values) {
        return read("model.layers", values);
    }

    private List<Block> read(String where, List<? extends ConfigValue> values) {
        List<Block> parts = new ArrayList<>();
        for (ConfigValue value : values) {
            String position = where + ", layer " + parts.size();
            try {
                parts.add(part(value));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(position + ": " + e.getMessage(), e);
            }
        }
        return parts;
    }

    private Block part(ConfigValue value) {
        Config given = value instanceof ConfigObject object
                ? object.toConfig()
                : ConfigFactory.parseMap(Map.of("type", String.valueOf(value.unwrapped())));
        LayerType type = LayerTypes.named(new Settings(given).text("type"));
        checkKeys(given, type);
        Map<String, Object> defaults = new HashMap<>();
        Config filled = given;
        for (LayerKey key : type.keys()) {
            if (key.standard() != null) {
                defaults.put(key.name(), key.standard());
            }
            if (key.count()
                    && given.hasPath(key.name())
                    && CLASSES.equals(given.getValue(key.name()).unwrapped())) {
                filled = ConfigFactory.parseMap(Map.of(key.name(), numberOfClasses(key.name())))
                        .withFallback(filled);
            }
        }
        return type.factory().apply(new Given(filled.withFallback(ConfigFactory.parseMap(defaults))));
    }

    private int numberOfClasses(String key) {
        if (classes == 0) {
            throw new IllegalArgumentException(
                    key + ": classes (expected: a number, the data has values and no classes)");
        }
        return classes;
    }

    private static void checkKeys(Config given, LayerType type) {
        Set<String> known = type.keys().stream().map(LayerKey::name).collect(Collectors.toCollection(TreeSet::new));
        for (String key : given.root().keySet()) {
            if (!key.equals("type") && !known.contains(key)) {
                throw new IllegalArgumentException(
                        key + ": unknown key of a " + type.name() + " layer (expected: one of " + known + ")");
            }
        }
    }

    /** What the run file says of one layer, defaults filled in. */
    private final class Given implements LayerSettings {
        private final Config config;
        private final Settings settings;

        Given(Config config) {
            this.config = config;
            this.settings = new Settings(config);
        }

        @Override
        public int integer(String key) {
            return settings.integer(key);
        }

        @Override
        public List<Integer> integers(String key, int count) {
            if (!settings.isList(key)) {
                return Collections.nCopies(count, settings.integer(key));
            }
            List<Integer> numbers = settings.integers(key);
            if (numbers.size() != count) {
                throw problem(key, numbers, "a whole number, or " + count + " of them");
            }
            return numbers;
        }

        @Override
        public double number(String key) {
            return settings.number(key);
        }

        @Override
        public boolean flag(String key) {
            return settings.flag(key);
        }

        @Override
        public String text(String key) {
            return settings.text(key);
        }

        @Override
        public <E extends Enum<E>> E choice(String key, Class<E> type) {
            return settings.choice(key, type);
        }

        @Override
        public List<Block> layers(String key) {
            if (!settings.has(key)) {
                throw problem(key, "nothing", "a list of layers");
            }
            return read(key, config.getList(key));
        }

        @Override
        public IllegalArgumentException problem(String key, Object value, String expected) {
            return settings.problem(key, value, expected);
        }
    }
}
