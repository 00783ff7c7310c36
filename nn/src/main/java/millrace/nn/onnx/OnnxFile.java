package millrace.nn.onnx;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import millrace.nn.io.ProtoBytes;
import millrace.nn.layer.Branch;
import millrace.nn.layer.Layer;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;

/**
 * A trained model as an ONNX file, as it computes in inference: dropout does nothing, batch normalization uses running
 * means. One input, {@code input}: any number of samples, F32, or int64 where the model takes tokens; one output, {@code
 * output}, F32. Initializers have PyTorch's names and shapes: {@code 0.weight}, out x in.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3">onnx.proto3</a>
 */
public final class OnnxFile {
    /** The set of operators that files use: the first with LayerNormalization. */
    public static final int OPSET = 17;

    /** Name of the value that goes in. */
    public static final String INPUT = "input";

    /** Name of the value that comes out. */
    public static final String OUTPUT = "output";

    // of the same release of ONNX as the operator set
    private static final int IR_VERSION = 8;
    // Protobuf's limit
    private static final long LARGEST = Integer.MAX_VALUE;

    private OnnxFile() {}

    /**
     * Writes a model, whole or not at all.
     *
     * @param path in a folder that exists; an existing file is replaced
     * @param weights with running means, by PyTorch's names
     * @throws IllegalArgumentException when the path cannot be written to, weights are missing, a layer is none of
     *     Millrace's own, or the file would be larger than 2 GiB
     * @throws java.io.UncheckedIOException when writing fails, as on a full disk
     */
    public static void write(Path path, Model model, Map<String, Tensor> weights) {
        ProtoBytes file = new ProtoBytes()
                .varint(1, IR_VERSION)
                .text(2, "Millrace")
                .message(7, graph(model, weights))
                .message(8, new ProtoBytes().varint(2, OPSET));
        if (file.size() > LARGEST) {
            throw new IllegalArgumentException(path + ": " + file.size() + " bytes of model (expected: at most "
                    + LARGEST + ", as ONNX has them in one file); export safetensors");
        }
        file.write(path);
    }

    private static ProtoBytes graph(Model model, Map<String, Tensor> weights) {
        Graph graph = new Graph(model.name());
        String value = INPUT;
        Deque<String> kept = new ArrayDeque<>();
        for (int i = 0; i < model.layers().size(); i++) {
            Layer layer = model.layers().get(i);
            if (layer instanceof Branch branch) {
                value = branched(graph, i, branch, value, kept);
            } else {
                value = new LayerNodes(graph, model, i, weights).add(value);
            }
        }
        int type = model.inputType() == ElementType.F32 ? Graph.FLOAT : Graph.INT64;
        return graph.finish(INPUT, type, model.inputShape(), value, OUTPUT, model.outputShape());
    }

    private static String branched(Graph graph, int index, Branch branch, String value, Deque<String> kept) {
        return switch (branch) {
            case FORK -> {
                kept.push(value);
                yield value;
            }
            case SHORTCUT -> {
                String other = kept.pop();
                kept.push(value);
                yield other;
            }
            case JOIN -> graph.node(Integer.toString(index), "Add", List.of(value, kept.pop()));
        };
    }
}
