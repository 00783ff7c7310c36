package millrace.nn.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import millrace.nn.layer.Recurrent;
import millrace.nn.layer.Recurrent.Cell;

/**
 * {@link Recurrent} as nodes. ONNX has the same cells, but time first, a dimension for directions, both biases in one
 * tensor, and the gates in another order than PyTorch:
 *
 * <pre>
 *        PyTorch      ONNX
 * lstm   i f g o      i o f c      (g is c)
 * gru    r z n        z r h        (n is h)
 * </pre>
 */
final class RecurrentNodes {
    private final LayerNodes layer;
    private final Cell cell;
    private final int hidden;
    private final boolean bias;
    private final List<String> suffixes;

    RecurrentNodes(LayerNodes layer, Recurrent recurrent) {
        this.layer = layer;
        this.cell = recurrent.cell();
        this.hidden = recurrent.hidden();
        this.bias = recurrent.bias();
        this.suffixes = recurrent.suffixes();
    }

    String add(String x) {
        List<String> inputs = new ArrayList<>();
        inputs.add(layer.node("Transpose", List.of(x), Attribute.of("perm", 1, 0, 2)));
        inputs.add(ofEachDirection(suffix -> ordered("weight_ih" + suffix)));
        inputs.add(ofEachDirection(suffix -> ordered("weight_hh" + suffix)));
        if (bias) {
            inputs.add(ofEachDirection(suffix -> layer.node(
                    "Concat",
                    List.of(ordered("bias_ih" + suffix), ordered("bias_hh" + suffix)),
                    Attribute.of("axis", 0))));
        }
        List<Attribute> attributes = new ArrayList<>(List.of(Attribute.of("hidden_size", hidden)));
        if (cell == Cell.GRU) {
            // r scales h' Whn^T + bhn, as PyTorch has it
            attributes.add(Attribute.of("linear_before_reset", 1));
        }
        if (suffixes.size() == 2) {
            attributes.add(Attribute.of("direction", "bidirectional"));
        }
        String states = layer.node(cell.name(), inputs, attributes.toArray(Attribute[]::new));
        if (suffixes.size() == 1) {
            String one = layer.graph().integers(layer.layer(), "directions", 1);
            String squeezed = layer.node("Squeeze", List.of(states, one));
            return layer.node("Transpose", List.of(squeezed), Attribute.of("perm", 1, 0, 2));
        }
        // time x directions x batch x hidden to batch x time x both; 0: as many as there are
        String turned = layer.node("Transpose", List.of(states), Attribute.of("perm", 2, 0, 1, 3));
        String sizes = layer.graph().integers(layer.layer(), "both", 0, 0, 2L * hidden);
        return layer.node("Reshape", List.of(turned, sizes));
    }

    /** One tensor from that of each direction, along a new first dimension. */
    private String ofEachDirection(UnaryOperator<String> tensor) {
        String direction = layer.graph().integers(layer.layer(), "direction", 0);
        List<String> parts = suffixes.stream()
                .map(suffix -> layer.node("Unsqueeze", List.of(tensor.apply(suffix), direction)))
                .toList();
        return parts.size() == 1 ? parts.getFirst() : layer.node("Concat", parts, Attribute.of("axis", 0));
    }

    /** A parameter with its gates in ONNX's order. */
    private String ordered(String name) {
        String parameter = layer.parameter(name);
        List<Integer> order = switch (cell) {
            case RNN -> List.of(0);
            case LSTM -> List.of(0, 3, 1, 2);
            case GRU -> List.of(1, 0, 2);
        };
        if (order.size() == 1) {
            return parameter;
        }
        List<String> gates =
                layer.graph().nodes(layer.layer(), "Split", List.of(parameter), order.size(), Attribute.of("axis", 0));
        return layer.node("Concat", order.stream().map(gates::get).toList(), Attribute.of("axis", 0));
    }
}
