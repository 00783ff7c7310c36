package millrace.nn.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Window;
import millrace.nn.layer.ActivationLayer;
import millrace.nn.layer.BatchNorm;
import millrace.nn.layer.Conv2d;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Dropout;
import millrace.nn.layer.Embedding;
import millrace.nn.layer.Flatten;
import millrace.nn.layer.GlobalAvgPool;
import millrace.nn.layer.Layer;
import millrace.nn.layer.LayerNorm;
import millrace.nn.layer.Pool2d;
import millrace.nn.layer.PositionalEmbedding;
import millrace.nn.layer.Recurrent;
import millrace.nn.layer.SelfAttention;
import millrace.nn.layer.Softmax;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * One layer as nodes of a graph. Its parameters keep PyTorch's names and shapes; where an operator wants them otherwise,
 * nodes turn them, which whoever runs the graph does once, before the first batch.
 */
final class LayerNodes {
    private final Graph graph;
    private final Model model;
    private final int index;
    private final Map<String, Tensor> weights;

    LayerNodes(Graph graph, Model model, int index, Map<String, Tensor> weights) {
        this.graph = graph;
        this.model = model;
        this.index = index;
        this.weights = weights;
    }

    /**
     * Adds the layer's nodes.
     *
     * @param x name of what goes in
     * @return name of what comes out
     * @throws IllegalArgumentException on a layer that there is no translation for
     */
    String add(String x) {
        return switch (model.layers().get(index)) {
            case Dense(int units, boolean bias, var _, boolean _) -> dense(x, bias);
            case ActivationLayer(Activation function) -> activation(x, function);
            case Softmax() -> node("Softmax", List.of(x), Attribute.of("axis", -1));
            case Flatten() -> node("Flatten", List.of(x), Attribute.of("axis", 1));
            case Dropout _ -> x;
            case Conv2d conv -> convolution(x, conv);
            case Pool2d(var kind, Window window, boolean countsPadding) -> pool(x, kind, window, countsPadding);
            case GlobalAvgPool() ->
                node("Flatten", List.of(node("GlobalAveragePool", List.of(x))), Attribute.of("axis", 1));
            case BatchNorm(float epsilon, var _, boolean _) ->
                node(
                        "BatchNormalization",
                        with(x, "weight", "bias", "running_mean", "running_var"),
                        Attribute.of("epsilon", epsilon));
            case LayerNorm(float epsilon) ->
                node(
                        "LayerNormalization",
                        with(x, "weight", "bias"),
                        Attribute.of("axis", -1),
                        Attribute.of("epsilon", epsilon));
            case Embedding _ -> node("Gather", List.of(parameter("weight"), x), Attribute.of("axis", 0));
            case PositionalEmbedding(int context, var _) -> positions(x, context);
            case SelfAttention(int heads, boolean causal, var _) ->
                new AttentionNodes(this, input(), heads, causal).add(x);
            case Recurrent recurrent -> new RecurrentNodes(this, recurrent).add(x);
            case Layer other ->
                throw new IllegalArgumentException("layer " + index + " (" + other.type()
                        + "): not known to ONNX (expected: layers of Millrace itself); export safetensors");
        };
    }

    /** Shape of one sample that goes in. */
    private Shape input() {
        return model.shapeBefore(index);
    }

    /** Adds a node under this layer's number. */
    String node(String operator, List<String> inputs, Attribute... attributes) {
        return graph.node(layer(), operator, inputs, attributes);
    }

    Graph graph() {
        return graph;
    }

    /** The number that names of this layer begin with. */
    String layer() {
        return Integer.toString(index);
    }

    /** A parameter or running mean of this layer, by PyTorch's name within it. */
    String parameter(String name) {
        String full = layer() + "." + name;
        Tensor tensor = weights.get(full);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "weights: no tensor " + full + " (expected: all weights); are they of another model?");
        }
        return graph.initializer(full, tensor);
    }

    private List<String> with(String x, String... parameters) {
        List<String> inputs = new ArrayList<>(List.of(x));
        for (String parameter : parameters) {
            inputs.add(parameter(parameter));
        }
        return inputs;
    }

    /** {@code x W^T + b} of the last dimension, whatever stands before it; W: out x in. */
    String affine(String x, String weight, String bias) {
        return node("Add", List.of(product(x, weight), parameter(bias)));
    }

    private String product(String x, String weight) {
        return node("MatMul", List.of(x, node("Transpose", List.of(parameter(weight)), Attribute.of("perm", 1, 0))));
    }

    private String dense(String x, boolean bias) {
        if (input().rank() == 1) {
            return node("Gemm", bias ? with(x, "weight", "bias") : with(x, "weight"), Attribute.of("transB", 1));
        }
        return bias ? affine(x, "weight", "bias") : product(x, "weight");
    }

    private String activation(String x, Activation function) {
        return switch (function.kind()) {
            case RELU -> node("Relu", List.of(x));
            case LEAKY_RELU -> node("LeakyRelu", List.of(x), Attribute.of("alpha", function.slope()));
            case SIGMOID -> node("Sigmoid", List.of(x));
            case TANH -> node("Tanh", List.of(x));
            case GELU -> gelu(x);
            case SILU -> node("Mul", List.of(x, node("Sigmoid", List.of(x))));
            case ELU -> node("Elu", List.of(x), Attribute.of("alpha", function.slope()));
        };
    }

    /** x / 2 (1 + erf(x / sqrt 2)): ONNX has an operator for it from opset 20 on only. */
    private String gelu(String x) {
        String scaled = node("Mul", List.of(x, graph.scalar(layer(), "half_root", Math.sqrt(0.5))));
        String twice = node("Add", List.of(node("Erf", List.of(scaled)), graph.scalar(layer(), "one", 1)));
        String product = node("Mul", List.of(x, twice));
        return node("Mul", List.of(product, graph.scalar(layer(), "half", 0.5)));
    }

    private static List<Attribute> window(Window window) {
        Window.Edge down = window.down();
        Window.Edge across = window.across();
        return List.of(
                Attribute.of("kernel_shape", down.size(), across.size()),
                Attribute.of("strides", down.stride(), across.stride()),
                Attribute.of("pads", down.padding(), across.padding(), down.padding(), across.padding()));
    }

    private static Attribute dilations(Window window) {
        return Attribute.of(
                "dilations", window.down().dilation(), window.across().dilation());
    }

    private String convolution(String x, Conv2d conv) {
        List<Attribute> attributes = new ArrayList<>(window(conv.window()));
        attributes.add(dilations(conv.window()));
        attributes.add(Attribute.of("group", conv.groups()));
        return node(
                "Conv",
                conv.bias() ? with(x, "weight", "bias") : with(x, "weight"),
                attributes.toArray(Attribute[]::new));
    }

    private String pool(String x, Pool2d.Kind kind, Window window, boolean countsPadding) {
        List<Attribute> attributes = new ArrayList<>(window(window));
        switch (kind) {
            case MAX -> attributes.add(dilations(window));
            case AVG -> {
                int dilation =
                        Math.max(window.down().dilation(), window.across().dilation());
                if (dilation != 1) {
                    throw new IllegalArgumentException("layer " + index + " (avg-pool2d): dilation " + dilation
                            + " (expected: 1, ONNX averages neighbours); export safetensors");
                }
                attributes.add(Attribute.of("count_include_pad", countsPadding ? 1 : 0));
            }
        }
        return node(
                kind == Pool2d.Kind.MAX ? "MaxPool" : "AveragePool", List.of(x), attributes.toArray(Attribute[]::new));
    }

    private String positions(String x, int context) {
        String table = parameter("weight");
        int positions = input().dimension(0);
        if (positions < context) {
            String from = graph.integers(layer(), "from", 0);
            table = node("Slice", List.of(table, from, graph.integers(layer(), "positions", positions)));
        }
        return node("Add", List.of(x, table));
    }
}
