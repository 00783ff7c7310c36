package millrace.nn.layer;

import static millrace.nn.layer.LayerKey.count;
import static millrace.nn.layer.LayerKey.optional;
import static millrace.nn.layer.LayerKey.required;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import millrace.nn.kernel.Window;
import millrace.nn.random.Initializer;

/** Millrace's own kinds of layers, one entry each. */
public final class StandardLayers implements LayerProvider {
    private static final String SAME = "any -> the same";
    private static final String FEATURES = "n -> units, positions x n -> positions x units";
    private static final String IMAGES = "channels x height x width -> channels x smaller height x smaller width";
    private static final String SEQUENCE = "positions x width -> the same";
    private static final String RECURRENT = "positions x n -> positions x hidden, bidirectional: positions x 2 hidden";

    @Override
    public List<LayerType> types() {
        return List.of(
                new LayerType(
                        "dense",
                        "x W^T + b, then the activation, a layer of its own; tied = embedding: W is the embedding's table",
                        FEATURES,
                        List.of(
                                count("units"),
                                optional("bias", true),
                                initializer("pytorch"),
                                optional("tied", "none"),
                                optional("activation", "none")),
                        StandardLayers::activated),
                plain("relu", "max(x, 0)", SAME, Layers::relu),
                new LayerType(
                        "leaky-relu",
                        "x right of zero, slope * x left of it",
                        SAME,
                        List.of(optional("slope", 0.01)),
                        s -> Layers.leakyRelu(s.real("slope"))),
                plain("sigmoid", "1 / (1 + exp(-x))", SAME, Layers::sigmoid),
                plain("tanh", "hyperbolic tangent", SAME, Layers::tanh),
                plain("gelu", "x * Phi(x), the exact form", SAME, Layers::gelu),
                plain("silu", "x / (1 + exp(-x)), also called swish", SAME, Layers::silu),
                new LayerType(
                        "elu",
                        "x right of zero, alpha * (exp(x) - 1) left of it",
                        SAME,
                        List.of(optional("alpha", 1.0)),
                        s -> Layers.elu(s.real("alpha"))),
                plain("softmax", "probabilities over the last dimension", SAME, Layers::softmax),
                plain("flatten", "all values in one dimension", "any -> n", Layers::flatten),
                new LayerType(
                        "dropout",
                        "in training zeroes values with probability p and scales the others by 1 / (1 - p)",
                        SAME,
                        List.of(optional("p", 0.5)),
                        s -> Layers.dropout(s.real("p"))),
                new LayerType(
                        "conv2d",
                        "convolution; size, stride, padding and dilation: a number, or two, down and across: [3, 5]",
                        "n x height x width -> channels x smaller height x smaller width",
                        List.of(
                                required("channels"),
                                required("size"),
                                optional("stride", 1),
                                optional("padding", 0),
                                optional("dilation", 1),
                                optional("groups", 1),
                                optional("bias", true),
                                initializer("pytorch")),
                        StandardLayers::convolution),
                pool(
                        "max-pool2d",
                        "the largest value of each square, or of each rectangle: [2, 3]; stride = 0: side by side",
                        Pool2d.Kind.MAX),
                pool(
                        "avg-pool2d",
                        "the mean of each square, or of each rectangle: [2, 3]; stride = 0: side by side",
                        Pool2d.Kind.AVG),
                plain(
                        "global-avg-pool",
                        "the mean of each channel",
                        "channels x height x width -> channels",
                        Layers::globalAvgPool),
                new LayerType(
                        "batch-norm",
                        "normalizes each feature or channel over the samples; deferred: running means follow the"
                                + " batch, not each micro-batch",
                        SAME,
                        List.of(optional("epsilon", 1e-5), optional("momentum", 0.1), optional("deferred", false)),
                        s -> new BatchNorm(s.real("epsilon"), s.real("momentum"), s.flag("deferred"))),
                new LayerType(
                        "layer-norm",
                        "normalizes each sample, or position, over the last dimension",
                        SAME,
                        List.of(optional("epsilon", 1e-5)),
                        s -> new LayerNorm(s.real("epsilon"))),
                new LayerType(
                        "embedding",
                        "a row of a table for each token; the first layer of a model",
                        "positions (tokens) -> positions x width",
                        List.of(count("vocabulary"), required("width"), initializer("normal")),
                        s -> new Embedding(s.integer("vocabulary"), s.integer("width"), initializer(s))),
                new LayerType(
                        "positional-embedding",
                        "adds a vector of its own to each of at most context positions",
                        SEQUENCE,
                        List.of(required("context"), initializer("normal")),
                        s -> new PositionalEmbedding(s.integer("context"), initializer(s))),
                recurrent("rnn", "recurrent, with tanh", Recurrent.Cell.RNN),
                recurrent("lstm", "recurrent, with long short-term memory", Recurrent.Cell.LSTM),
                recurrent("gru", "recurrent, with gated units", Recurrent.Cell.GRU),
                new LayerType(
                        "attention",
                        "self-attention: each position looks at itself and those before; causal = false: at all",
                        SEQUENCE,
                        List.of(required("heads"), optional("causal", true), initializer("pytorch")),
                        s -> new SelfAttention(s.integer("heads"), s.flag("causal"), initializer(s))),
                new LayerType(
                        "transformer-block",
                        "attention and a network of two dense layers, each after a layer-norm and with a shortcut",
                        SEQUENCE,
                        List.of(
                                required("width"),
                                required("heads"),
                                optional("dropout", 0.0),
                                optional("causal", true),
                                initializer("pytorch")),
                        s -> new TransformerBlock(
                                s.integer("width"),
                                s.integer("heads"),
                                s.real("dropout"),
                                s.flag("causal"),
                                initializer(s))),
                new LayerType(
                        "residual",
                        "layers(x) + shortcut(x), without a shortcut layers(x) + x; may lie across stages",
                        "as its layers; they and the shortcut end with the same shape",
                        List.of(required("layers"), optional("shortcut", List.of())),
                        s -> new Residual(s.layers("layers"), s.layers("shortcut"))));
    }

    /** Functions without settings, or with their usual ones. */
    private enum AfterDense {
        NONE,
        RELU,
        LEAKY_RELU,
        SIGMOID,
        TANH,
        GELU,
        SILU,
        ELU,
        SOFTMAX
    }

    /** A dense layer, or two layers: the function after it is one of its own, as in PyTorch. */
    private static Block activated(LayerSettings s) {
        Dense dense = dense(s);
        return switch (s.choice("activation", AfterDense.class)) {
            case NONE -> dense;
            case RELU -> pair(dense, Layers.relu());
            case LEAKY_RELU -> pair(dense, Layers.leakyRelu(0.01f));
            case SIGMOID -> pair(dense, Layers.sigmoid());
            case TANH -> pair(dense, Layers.tanh());
            case GELU -> pair(dense, Layers.gelu());
            case SILU -> pair(dense, Layers.silu());
            case ELU -> pair(dense, Layers.elu(1));
            case SOFTMAX -> pair(dense, Layers.softmax());
        };
    }

    private static Block pair(Layer first, Layer second) {
        return () -> List.of(first, second);
    }

    private enum Tied {
        NONE,
        EMBEDDING
    }

    private static Dense dense(LayerSettings s) {
        Dense dense = new Dense(s.integer("units"), s.flag("bias"), initializer(s));
        if (s.choice("tied", Tied.class) == Tied.NONE) {
            return dense;
        }
        if (dense.initializer() != Initializer.PYTORCH) {
            throw s.problem("init", s.text("init"), "none with tied = embedding, the embedding's decides");
        }
        return Dense.tiedToEmbedding(dense.units(), dense.bias());
    }

    private static Conv2d convolution(LayerSettings s) {
        Window window = ImageShapes.window(
                s.integers("size", 2), s.integers("stride", 2), s.integers("padding", 2), s.integers("dilation", 2));
        return new Conv2d(s.integer("channels"), window, s.integer("groups"), s.flag("bias"), initializer(s));
    }

    private static LayerType pool(String name, String description, Pool2d.Kind kind) {
        Function<LayerSettings, Block> factory = s -> {
            List<Integer> size = s.integers("size", 2);
            List<Integer> given = s.integers("stride", 2);
            // side by side, as in PyTorch
            List<Integer> stride = IntStream.range(0, 2)
                    .mapToObj(i -> given.get(i) == 0 ? size.get(i) : given.get(i))
                    .toList();
            Window window = ImageShapes.window(size, stride, s.integers("padding", 2), List.of(1, 1));
            boolean counts = kind == Pool2d.Kind.MAX || s.flag("count-include-pad");
            return new Pool2d(kind, window, counts);
        };
        List<LayerKey> keys = new ArrayList<>(List.of(required("size"), optional("stride", 0), optional("padding", 0)));
        if (kind == Pool2d.Kind.AVG) {
            keys.add(optional("count-include-pad", true));
        }
        return new LayerType(name, description, IMAGES, keys, factory);
    }

    private static LayerType recurrent(String name, String description, Recurrent.Cell cell) {
        return new LayerType(
                name,
                description,
                RECURRENT,
                List.of(required("hidden"), optional("bias", true), optional("bidirectional", false)),
                s -> new Recurrent(cell, s.integer("hidden"), s.flag("bias"), s.flag("bidirectional")));
    }

    private static LayerType plain(String name, String description, String shapes, Supplier<Layer> factory) {
        return new LayerType(name, description, shapes, List.of(), s -> factory.get());
    }

    private static LayerKey initializer(String standard) {
        return optional("init", standard);
    }

    private static Initializer initializer(LayerSettings s) {
        return s.choice("init", Initializer.class);
    }
}
