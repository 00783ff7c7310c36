package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import millrace.nn.layer.Block;
import millrace.nn.layer.Residual;

/**
 * Layers from a run file: {@code { type = dense, units = 256 }}, or the bare type where nothing is to be said. Where a
 * number may depend on the data, the word {@code classes} stands for how many classes, or characters of a text, there are.
 */
final class LayerReader {
    private static final String CLASSES = "classes";
    private static final String RESIDUAL = "residual";
    private static final String MAIN = "layers";
    private static final String SHORTCUT = "shortcut";

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
        String name = new Settings(given).text("type");
        if (name.equals(RESIDUAL)) {
            return residual(given);
        }
        LayerType type = LayerType.named(name, Set.of(RESIDUAL));
        checkKeys(given, name, type.keys());
        Config filled = given;
        for (String key : type.counts()) {
            if (given.hasPath(key) && CLASSES.equals(given.getValue(key).unwrapped())) {
                filled = ConfigFactory.parseMap(Map.of(key, numberOfClasses(key)))
                        .withFallback(filled);
            }
        }
        return type.read(filled);
    }

    private int numberOfClasses(String key) {
        if (classes == 0) {
            throw new IllegalArgumentException(
                    key + ": classes (expected: a number, the data has values and no classes)");
        }
        return classes;
    }

    private Residual residual(Config given) {
        checkKeys(given, RESIDUAL, Set.of(MAIN, SHORTCUT));
        if (!given.hasPath(MAIN)) {
            throw new IllegalArgumentException(MAIN + ": nothing (expected: a list of layers)");
        }
        return new Residual(
                read(MAIN, given.getList(MAIN)),
                given.hasPath(SHORTCUT) ? read(SHORTCUT, given.getList(SHORTCUT)) : List.of());
    }

    private static void checkKeys(Config given, String name, Set<String> known) {
        for (String key : given.root().keySet()) {
            if (!key.equals("type") && !known.contains(key)) {
                throw new IllegalArgumentException(
                        key + ": unknown key of a " + name + " layer (expected: one of " + new TreeSet<>(known) + ")");
            }
        }
    }
}
