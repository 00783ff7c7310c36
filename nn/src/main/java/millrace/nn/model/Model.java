package millrace.nn.model;

import java.util.ArrayList;
import java.util.List;
import millrace.nn.layer.Layer;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.tensor.Shape;

/**
 * A network as a list of layers (PyTorch's nn.Sequential), checked when it is made: every layer fits the one before.
 * A description without weights; the same list and the same seed give the same weights everywhere.
 */
public final class Model {
    private final String name;
    private final List<Layer> layers;
    private final List<Shape> shapes;
    private final List<List<ParameterSpec>> parameters = new ArrayList<>();

    private Model(String name, Shape input, List<Layer> layers) {
        this.name = name;
        this.layers = List.copyOf(layers);
        List<Shape> all = new ArrayList<>();
        all.add(input);
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            try {
                all.add(layer.outputShape(all.getLast()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("layer " + i + " (" + layer.type() + "): " + e.getMessage(), e);
            }
            parameters.add(layer.parameters(all.get(i)));
        }
        this.shapes = List.copyOf(all);
    }

    /**
     * @param input shape of one sample
     * @throws IllegalArgumentException when a layer does not fit: names its number, both shapes and the remedy
     */
    public static Model of(Shape input, Layer... layers) {
        return named("model", input, List.of(layers));
    }

    /**
     * @param name for reports and checkpoints
     * @param input shape of one sample
     */
    public static Model named(String name, Shape input, List<Layer> layers) {
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("layers: none (expected: 1 or more)");
        }
        return new Model(name, input, layers);
    }

    public String name() {
        return name;
    }

    public List<Layer> layers() {
        return layers;
    }

    /** Shape of one sample that goes into layer {@code index}; with the number of layers, of the model's output. */
    public Shape shapeBefore(int index) {
        return shapes.get(index);
    }

    public Shape inputShape() {
        return shapes.getFirst();
    }

    public Shape outputShape() {
        return shapes.getLast();
    }

    /** Parameters of layer {@code index}, weight before bias. */
    public List<ParameterSpec> parameters(int index) {
        return parameters.get(index);
    }

    public boolean hasWeights(int layer) {
        return !parameters.get(layer).isEmpty();
    }

    /** Number of layers with weights: the most stages that the model can be cut into. */
    public int layersWithWeights() {
        return (int) parameters.stream().filter(p -> !p.isEmpty()).count();
    }

    /** Number of single weights in layers {@code from} (inclusive) to {@code to} (exclusive). */
    public long parameterCount(int from, int to) {
        long count = 0;
        for (int i = from; i < to; i++) {
            count += parameters.get(i).stream().mapToLong(p -> p.shape().size()).sum();
        }
        return count;
    }

    public long parameterCount() {
        return parameterCount(0, layers.size());
    }
}
