package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import millrace.nn.augment.Augmentation;
import millrace.nn.augment.RandomCrop;
import millrace.nn.augment.RandomHorizontalFlip;

/** The list {@code data.augment} of a run file: words, or blocks with a type, as layers are written. */
final class AugmentReader {
    private static final String CROP = "random-crop";
    private static final String FLIP = "random-horizontal-flip";
    private static final Map<String, Set<String>> KEYS = Map.of(CROP, Set.of("padding"), FLIP, Set.of("p"));

    private AugmentReader() {}

    /**
     * @param config resolved by {@link RunFile}
     * @throws IllegalArgumentException on an unknown word or key, or a value that does not fit
     */
    static List<Augmentation> read(Config config) {
        if (!(config.getValue("data.augment") instanceof ConfigList list)) {
            throw problem(config.getValue("data.augment").unwrapped(), "a list, as in [random-horizontal-flip]");
        }
        return list.stream().map(AugmentReader::one).toList();
    }

    private static Augmentation one(ConfigValue value) {
        Config given = value instanceof ConfigObject block
                ? block.toConfig()
                : ConfigFactory.parseMap(Map.of("type", value.unwrapped()));
        String type = given.hasPath("type") ? given.getString("type") : "no type";
        Set<String> known = KEYS.getOrDefault(type, Set.of());
        if (known.isEmpty()) {
            throw problem(type, "any of " + String.join(", ", new TreeSet<>(KEYS.keySet())));
        }
        for (String key : given.root().keySet()) {
            if (!key.equals("type") && !known.contains(key)) {
                throw problem(key, "a key of " + type + ": " + String.join(", ", new TreeSet<>(known)));
            }
        }
        Settings settings = new Settings(given);
        if (type.equals(FLIP)) {
            return new RandomHorizontalFlip((float) settings.number("p", 0.5));
        }
        if (!settings.has("padding") || given.getValue("padding").valueType() != ConfigValueType.NUMBER) {
            throw problem(type, "with its padding, as in { type = random-crop, padding = 4 }");
        }
        return new RandomCrop(settings.integer("padding"));
    }

    private static IllegalArgumentException problem(Object found, String expected) {
        return new IllegalArgumentException("data.augment: " + found + " (expected: " + expected + ")");
    }
}
