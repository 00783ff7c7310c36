package millrace.nn.onnx;

import java.util.ArrayList;
import java.util.List;
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

    RecurrentNodes(LayerNodes layer, Recurrent recurrent) {
        this.layer = layer;
        this.cell = recurrent.cell();
        this.hidden = recurrent.hidden();
        this.bias = recurrent.bias();
    }

    String add(String x) {
        List<String> inputs = new ArrayList<>();
        inputs.add(layer.node("Transpose", List.of(x), Attribute.of("perm", 1, 0, 2)));
        String direction = layer.graph().integers(layer.layer(), "direction", 0);
        inputs.add(layer.node("Unsqueeze", List.of(ordered("weight_ih_l0"), direction)));
        inputs.add(layer.node("Unsqueeze", List.of(ordered("weight_hh_l0"), direction)));
        if (bias) {
            List<String> both = List.of(ordered("bias_ih_l0"), ordered("bias_hh_l0"));
            String biases = layer.node("Concat", both, Attribute.of("axis", 0));
            inputs.add(layer.node("Unsqueeze", List.of(biases, direction)));
        }
        List<Attribute> attributes = new ArrayList<>(List.of(Attribute.of("hidden_size", hidden)));
        if (cell == Cell.GRU) {
            // r scales h' Whn^T + bhn, as PyTorch has it
            attributes.add(Attribute.of("linear_before_reset", 1));
        }
        String states = layer.node(cell.name(), inputs, attributes.toArray(Attribute[]::new));
        String one = layer.graph().integers(layer.layer(), "directions", 1);
        String squeezed = layer.node("Squeeze", List.of(states, one));
        return layer.node("Transpose", List.of(squeezed), Attribute.of("perm", 1, 0, 2));
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
