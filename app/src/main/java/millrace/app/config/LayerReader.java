package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Layers;
import millrace.nn.random.Initializer;

/** Layers from a run file: {@code { type = dense, units = 256 }}, or the bare type where nothing is to be said. */
final class LayerReader {
    private record Type(Map<String, Object> defaults, Function<Settings, Layer> factory) {}

    private static final Map<String, Type> TYPES = new LinkedHashMap<>();

    static {
        TYPES.put(
                "dense",
                new Type(
                        Map.of("bias", true, "init", "pytorch"),
                        s -> new Dense(s.integer("units"), s.flag("bias"), s.choice("init", Initializer.class))));
        TYPES.put("relu", new Type(Map.of(), s -> Layers.relu()));
        TYPES.put("leaky-relu", new Type(Map.of("slope", 0.01), s -> Layers.leakyRelu((float) s.number("slope"))));
        TYPES.put("sigmoid", new Type(Map.of(), s -> Layers.sigmoid()));
        TYPES.put("tanh", new Type(Map.of(), s -> Layers.tanh()));
        TYPES.put("gelu", new Type(Map.of(), s -> Layers.gelu()));
        TYPES.put("softmax", new Type(Map.of(), s -> Layers.softmax()));
        TYPES.put("flatten", new Type(Map.of(), s -> Layers.flatten()));
        TYPES.put("dropout", new Type(Map.of("p", 0.5), s -> Layers.dropout((float) s.number("p"))));
    }

    private static final Set<String> REQUIRED = Set.of("units");

    private LayerReader() {}

    static List<Layer> read(List<? extends ConfigValue> values) {
        List<Layer> layers = new ArrayList<>();
        for (ConfigValue value : values) {
            String position = "model.layers, layer " + layers.size();
            try {
                layers.add(layer(value));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(position + ": " + e.getMessage(), e);
            }
        }
        return layers;
    }

    private static Layer layer(ConfigValue value) {
        Config given = value instanceof ConfigObject object
                ? object.toConfig()
                : ConfigFactory.parseMap(Map.of("type", String.valueOf(value.unwrapped())));
        String name = new Settings(given).text("type");
        Type type = TYPES.get(name);
        if (type == null) {
            throw new IllegalArgumentException(
                    "type: " + name + " (expected: one of " + String.join(", ", TYPES.keySet()) + ")");
        }
        for (String key : given.root().keySet()) {
            boolean known = key.equals("type")
                    || type.defaults().containsKey(key)
                    || (name.equals("dense") && REQUIRED.contains(key));
            if (!known) {
                throw new IllegalArgumentException(key + ": unknown key of a " + name + " layer (expected: one of "
                        + type.defaults().keySet() + ")");
            }
        }
        return type.factory().apply(new Settings(given.withFallback(ConfigFactory.parseMap(type.defaults()))));
    }
}
