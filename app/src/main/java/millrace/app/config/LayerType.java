package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import millrace.nn.kernel.Window;
import millrace.nn.layer.BatchNorm;
import millrace.nn.layer.Block;
import millrace.nn.layer.CausalAttention;
import millrace.nn.layer.Conv2d;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Embedding;
import millrace.nn.layer.LayerNorm;
import millrace.nn.layer.Layers;
import millrace.nn.layer.Pool2d;
import millrace.nn.layer.PositionalEmbedding;
import millrace.nn.layer.Recurrent;
import millrace.nn.layer.TransformerBlock;
import millrace.nn.random.Initializer;

/**
 * A kind of layer that a run file may name.
 *
 * @param counts keys that must be given and may say {@code classes}
 * @param required other keys that must be given
 * @param defaults of the other keys
 * @param factory what makes the layer from checked settings
 */
record LayerType(
        Set<String> counts, Set<String> required, Map<String, Object> defaults, Function<Settings, Block> factory) {
    private static final Map<String, LayerType> TYPES = new LinkedHashMap<>();

    static {
        dense();
        activations();
        images();
        norms();
        sequences();
    }

    /**
     * The type of that name.
     *
     * @param others names that are no types but may stand in their place
     * @throws IllegalArgumentException listing the known names
     */
    static LayerType named(String name, Set<String> others) {
        LayerType type = TYPES.get(name);
        if (type == null) {
            String known =
                    Stream.concat(TYPES.keySet().stream(), others.stream()).collect(Collectors.joining(", "));
            throw new IllegalArgumentException("type: " + name + " (expected: one of " + known + ")");
        }
        return type;
    }

    /** All keys but the type. */
    Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>(counts);
        keys.addAll(required);
        keys.addAll(defaults.keySet());
        return keys;
    }

    /** The layer; missing settings have their defaults. */
    Block read(Config given) {
        return factory.apply(new Settings(given.withFallback(ConfigFactory.parseMap(defaults))));
    }

    private static void dense() {
        TYPES.put(
                "dense",
                new LayerType(
                        Set.of("units"),
                        Set.of(),
                        Map.of("bias", true, "init", "pytorch", "tied", "none"),
                        LayerType::dense));
    }

    private enum Tied {
        NONE,
        EMBEDDING
    }

    private static Dense dense(Settings s) {
        Dense dense = new Dense(s.integer("units"), s.flag("bias"), initializer(s));
        if (s.choice("tied", Tied.class) == Tied.NONE) {
            return dense;
        }
        if (dense.initializer() != Initializer.PYTORCH) {
            throw s.problem("init", s.text("init"), "none with tied = embedding, the embedding's decides");
        }
        return Dense.tiedToEmbedding(dense.units(), dense.bias());
    }

    private static void activations() {
        plain("relu", s -> Layers.relu());
        plain("leaky-relu", Map.of("slope", 0.01), s -> Layers.leakyRelu(real(s, "slope")));
        plain("sigmoid", s -> Layers.sigmoid());
        plain("tanh", s -> Layers.tanh());
        plain("gelu", s -> Layers.gelu());
        plain("softmax", s -> Layers.softmax());
        plain("flatten", s -> Layers.flatten());
        plain("dropout", Map.of("p", 0.5), s -> Layers.dropout(real(s, "p")));
    }

    private static void images() {
        TYPES.put(
                "conv2d",
                new LayerType(
                        Set.of(),
                        Set.of("channels", "size"),
                        Map.of("stride", 1, "padding", 0, "dilation", 1, "groups", 1, "bias", true, "init", "pytorch"),
                        s -> new Conv2d(
                                s.integer("channels"),
                                new Window(
                                        s.integer("size"),
                                        s.integer("stride"),
                                        s.integer("padding"),
                                        s.integer("dilation")),
                                s.integer("groups"),
                                s.flag("bias"),
                                initializer(s))));
        pool("max-pool2d", Pool2d.Kind.MAX);
        pool("avg-pool2d", Pool2d.Kind.AVG);
        plain("global-avg-pool", s -> Layers.globalAvgPool());
    }

    private static void pool(String name, Pool2d.Kind kind) {
        TYPES.put(name, new LayerType(Set.of(), Set.of("size"), Map.of("stride", 0, "padding", 0), s -> {
            int size = s.integer("size");
            // side by side, as in PyTorch
            int stride = s.integer("stride") == 0 ? size : s.integer("stride");
            return new Pool2d(kind, new Window(size, stride, s.integer("padding"), 1));
        }));
    }

    private static void norms() {
        plain(
                "batch-norm",
                Map.of("epsilon", 1e-5, "momentum", 0.1, "deferred", false),
                s -> new BatchNorm(real(s, "epsilon"), real(s, "momentum"), s.flag("deferred")));
        plain("layer-norm", Map.of("epsilon", 1e-5), s -> new LayerNorm(real(s, "epsilon")));
    }

    private static void sequences() {
        TYPES.put(
                "embedding",
                new LayerType(
                        Set.of("vocabulary"),
                        Set.of("width"),
                        Map.of("init", "normal"),
                        s -> new Embedding(s.integer("vocabulary"), s.integer("width"), initializer(s))));
        required(
                "positional-embedding",
                Set.of("context"),
                Map.of("init", "normal"),
                s -> new PositionalEmbedding(s.integer("context"), initializer(s)));
        for (Recurrent.Cell cell : Recurrent.Cell.values()) {
            required(
                    new Recurrent(cell, 1).type(),
                    Set.of("hidden"),
                    Map.of(),
                    s -> new Recurrent(cell, s.integer("hidden")));
        }
        required(
                "attention",
                Set.of("heads"),
                Map.of("init", "pytorch"),
                s -> new CausalAttention(s.integer("heads"), initializer(s)));
        required(
                "transformer-block",
                Set.of("width", "heads"),
                Map.of("dropout", 0.0, "init", "pytorch"),
                s -> new TransformerBlock(s.integer("width"), s.integer("heads"), real(s, "dropout"), initializer(s)));
    }

    private static void plain(String name, Function<Settings, Block> factory) {
        plain(name, Map.of(), factory);
    }

    private static void plain(String name, Map<String, Object> defaults, Function<Settings, Block> factory) {
        required(name, Set.of(), defaults, factory);
    }

    private static void required(
            String name, Set<String> required, Map<String, Object> defaults, Function<Settings, Block> factory) {
        TYPES.put(name, new LayerType(Set.of(), required, defaults, factory));
    }

    private static Initializer initializer(Settings settings) {
        return settings.choice("init", Initializer.class);
    }

    private static float real(Settings settings, String key) {
        return (float) settings.number(key);
    }
}
