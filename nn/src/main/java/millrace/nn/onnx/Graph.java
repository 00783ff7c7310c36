package millrace.nn.onnx;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import millrace.nn.io.ProtoBytes;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** A {@code GraphProto} that grows node by node. Values have names, and every name is given once. */
final class Graph {
    /** Element types of {@code TensorProto.DataType}. */
    static final int FLOAT = 1;

    static final int INT64 = 7;

    private static final String BATCH = "batch";

    private final String name;
    private final List<ProtoBytes> nodes = new ArrayList<>();
    private final List<ProtoBytes> initializers = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    Graph(String name) {
        this.name = name;
    }

    /**
     * Adds a node of one output.
     *
     * @param layer what the output's name begins with
     * @return the output's name: the layer's with the operator's, and a number where there are several
     */
    String node(String layer, String operator, List<String> inputs, Attribute... attributes) {
        return nodes(layer, operator, inputs, 1, attributes).getFirst();
    }

    /** Adds a node of several outputs. */
    List<String> nodes(String layer, String operator, List<String> inputs, int outputs, Attribute... attributes) {
        List<String> results = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            results.add(unique(layer + "." + operator));
        }
        add(operator, inputs, results, attributes);
        return results;
    }

    private void add(String operator, List<String> inputs, List<String> outputs, Attribute... attributes) {
        ProtoBytes node = new ProtoBytes();
        inputs.forEach(input -> node.text(1, input));
        outputs.forEach(output -> node.text(2, output));
        node.text(3, outputs.getFirst()).text(4, operator);
        for (Attribute attribute : attributes) {
            node.message(5, attribute.message());
        }
        nodes.add(node);
    }

    private String unique(String wanted) {
        String free = wanted;
        for (int i = 1; !names.add(free); i++) {
            free = wanted + "_" + i;
        }
        return free;
    }

    /** A tensor of floats under the name that it has. */
    String initializer(String tensorName, Tensor tensor) {
        names.add(tensorName);
        ProtoBytes message = tensor(FLOAT, tensor.shape().dimensions()).text(8, tensorName);
        initializers.add(message.memory(9, tensor.memory()));
        return tensorName;
    }

    /** Floats of a shape that belong to the layer without being PyTorch's. */
    String floats(String layer, String what, Shape shape, float... values) {
        return initializer(unique(layer + "." + what), Tensor.of(Arena.ofAuto(), shape, values));
    }

    /** One float, of no dimension. */
    String scalar(String layer, String what, double value) {
        return floats(layer, what, Shape.of(), (float) value);
    }

    /** A list of whole numbers, as operators take axes, shapes and places. */
    String integers(String layer, String what, long... values) {
        String unique = unique(layer + "." + what);
        MemorySegment memory = Arena.ofAuto().allocate((long) values.length * Long.BYTES, Long.BYTES);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_LONG, 0, values.length);
        initializers.add(tensor(INT64, values.length).text(8, unique).memory(9, memory));
        return unique;
    }

    private static ProtoBytes tensor(int type, int... dimensions) {
        ProtoBytes tensor = new ProtoBytes();
        for (int dimension : dimensions) {
            tensor.varint(1, dimension);
        }
        return tensor.varint(2, type);
    }

    /**
     * The finished graph.
     *
     * @param input name of what goes in, of elements of a type and of any number of samples
     * @param value name of the last value, which comes out as {@code output}
     */
    ProtoBytes finish(String input, int inputType, Shape inputShape, String value, String output, Shape outputShape) {
        add("Identity", List.of(value), List.of(output));
        ProtoBytes graph = new ProtoBytes();
        nodes.forEach(node -> graph.message(1, node));
        graph.text(2, name);
        initializers.forEach(initializer -> graph.message(5, initializer));
        graph.message(11, described(input, inputType, inputShape));
        graph.message(12, described(output, FLOAT, outputShape));
        return graph;
    }

    /** A {@code ValueInfoProto} of a batch. */
    private static ProtoBytes described(String value, int type, Shape sample) {
        ProtoBytes shape = new ProtoBytes().message(1, new ProtoBytes().text(2, BATCH));
        for (int dimension : sample.dimensions()) {
            shape.message(1, new ProtoBytes().varint(1, dimension));
        }
        ProtoBytes tensor = new ProtoBytes().varint(1, type).message(2, shape);
        return new ProtoBytes().text(1, value).message(2, new ProtoBytes().message(1, tensor));
    }
}
