package millrace.nn.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import millrace.nn.kernel.Precision;
import millrace.nn.layer.Block;
import millrace.nn.layer.Branch;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Embedding;
import millrace.nn.layer.Layer;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.layer.Products;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;

/**
 * A network as a list of layers (PyTorch's nn.Sequential), checked when it is made: every layer fits the one before.
 * A description without weights; the same list and the same seed give the same weights everywhere.
 *
 * <p>Between two layers there is one tensor, or, within {@link Branch#FORK} and {@link Branch#JOIN}, several: the one that
 * goes on and those that are kept, the last kept first. Where a stage is cut there, they travel as one.
 */
public final class Model {
    // outside of training they change no number
    private static final Set<String> PASSED_ON = Set.of("flatten", "identity", "dropout");

    private final String name;
    private final Precision precision;
    private final List<Layer> layers;
    private final List<List<Shape>> shapes = new ArrayList<>();
    private final List<List<ParameterSpec>> parameters = new ArrayList<>();
    private OptionalInt tied = OptionalInt.empty();

    private Model(String name, Precision precision, Shape input, List<Layer> layers) {
        this.name = name;
        this.precision = precision;
        this.layers = List.copyOf(layers);
        shapes.add(List.of(input));
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            try {
                checkType(i, layer);
                shapes.add(after(layer, shapes.getLast()));
                parameters.add(specs(i, layer));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("layer " + i + " (" + layer.type() + "): " + e.getMessage(), e);
            }
        }
        if (shapes.getLast().size() > 1) {
            throw new IllegalArgumentException("layers: " + (shapes.getLast().size() - 1)
                    + " forks that nothing joins (expected: none); use residual");
        }
    }

    /** What a layer has; a tied weight is drawn as the embedding's. */
    private List<ParameterSpec> specs(int index, Layer layer) {
        List<ParameterSpec> own = layer.parameters(shapeBefore(index));
        if (!(layer instanceof Dense dense && dense.tied())) {
            return own;
        }
        if (!(layers.getFirst() instanceof Embedding) || tied.isPresent()) {
            throw new IllegalArgumentException(
                    tied.isPresent()
                            ? "a second layer tied to the embedding (expected: one)"
                            : "tied to " + layers.getFirst().type()
                                    + " (expected: a model that begins with an embedding)");
        }
        ParameterSpec table = parameters.getFirst().getFirst();
        if (!table.shape().equals(own.getFirst().shape())) {
            throw new IllegalArgumentException(
                    "weight of shape " + own.getFirst().shape() + " tied to one of "
                            + table.shape()
                            + " (expected: equal shapes); give it as many units as the embedding has tokens, and"
                            + " inputs of the embedding's width");
        }
        tied = OptionalInt.of(index);
        List<ParameterSpec> specs = new ArrayList<>(own);
        specs.set(0, table.tiedTo(0));
        return List.copyOf(specs);
    }

    /** The dense layer whose weight is that of the embedding, which is layer 0. */
    public OptionalInt tied() {
        return tied;
    }

    /** What is there after a layer: the tensor that goes on, then the kept ones. */
    private static List<Shape> after(Layer layer, List<Shape> before) {
        List<Shape> after = new ArrayList<>(before);
        if (!(layer instanceof Branch branch)) {
            after.set(0, layer.outputShape(before.getFirst()));
            return List.copyOf(after);
        }
        if (branch == Branch.FORK) {
            after.addFirst(before.getFirst());
            return List.copyOf(after);
        }
        if (before.size() < 2) {
            throw new IllegalArgumentException("no fork before it (expected: one); use residual");
        }
        if (branch == Branch.SHORTCUT) {
            after.set(0, before.get(1));
            after.set(1, before.get(0));
        } else if (before.get(0).equals(before.get(1))) {
            after.removeFirst();
        } else {
            throw new IllegalArgumentException("shapes " + before.get(0) + " and " + before.get(1)
                    + " to be added (expected: equal ones); give the residual a shortcut that makes them so, such as a"
                    + " convolution of size 1 with as many channels and as large a stride");
        }
        return List.copyOf(after);
    }

    private static void checkType(int index, Layer layer) {
        if (index > 0 && layer.inputType() != ElementType.F32) {
            throw new IllegalArgumentException(
                    "takes tokens (expected: to be the first layer); put it at the beginning of the model");
        }
    }

    /**
     * A model called {@code model}.
     *
     * @param input shape of one sample
     * @param blocks layers and blocks of layers, in the order in which they are computed
     * @throws IllegalArgumentException when a layer does not fit: names its number, both shapes and the remedy
     */
    public static Model of(Shape input, Block... blocks) {
        return named("model", input, List.of(blocks));
    }

    /**
     * A model with a name.
     *
     * @param name for reports and checkpoints
     * @param input shape of one sample
     * @param blocks layers and blocks of layers, in the order in which they are computed
     * @throws IllegalArgumentException when there is none, or a layer does not fit: names its number, both shapes and the
     *     remedy
     */
    public static Model named(String name, Shape input, List<? extends Block> blocks) {
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("layers: none (expected: 1 or more)");
        }
        return new Model(
                name,
                Precision.F32,
                input,
                blocks.stream().map(Block::layers).flatMap(Collection::stream).toList());
    }

    /** What reports and checkpoints call it. */
    public String name() {
        return name;
    }

    /** The same network, with products in another precision. */
    public Model with(Precision other) {
        return new Model(name, other, inputShape(), layers);
    }

    /** What the factors of products are rounded to. */
    public Precision precision() {
        return precision;
    }

    /** All layers in the order in which they are computed, those of residuals and blocks one by one. */
    public List<Layer> layers() {
        return layers;
    }

    /** The type of the last layer that computes something: of {@code [dense, sigmoid, flatten]} it is {@code sigmoid}. */
    public String lastFunction() {
        return layers.get(lastFunctionIndex()).type();
    }

    /** Which layer that is, counted from 0; the first where none computes anything. */
    public int lastFunctionIndex() {
        int last = layers.size() - 1;
        while (last > 0 && PASSED_ON.contains(layers.get(last).type())) {
            last--;
        }
        return last;
    }

    /** The first layer in which a position depends on those behind it, counted from 0; none in a network that is causal. */
    public OptionalInt looksAhead() {
        return IntStream.range(0, layers.size())
                .filter(i -> layers.get(i).looksAhead())
                .findFirst();
    }

    /** Shape of one sample that goes into layer {@code index}; with the number of layers, of the model's output. */
    public Shape shapeBefore(int index) {
        return shapes.get(index).getFirst();
    }

    /** Shapes of all that is there before layer {@code index}: the tensor that goes in, then those that are kept. */
    public List<Shape> shapesBefore(int index) {
        return shapes.get(index);
    }

    /** Shape of one sample that goes in. */
    public Shape inputShape() {
        return shapeBefore(0);
    }

    /** Whether samples are values or token numbers. */
    public ElementType inputType() {
        return layers.getFirst().inputType();
    }

    /** Shape of one sample of what comes out. */
    public Shape outputShape() {
        return shapeBefore(layers.size());
    }

    /** Parameters of layer {@code index}, weight before bias. */
    public List<ParameterSpec> parameters(int index) {
        return parameters.get(index);
    }

    /** All parameters by the names that they have in a checkpoint, PyTorch's in an nn.Sequential: {@code 0.weight}. */
    public List<String> parameterNames() {
        return IntStream.range(0, layers.size())
                .boxed()
                .flatMap(i -> parameters(i).stream().map(spec -> i + "." + spec.name()))
                .toList();
    }

    /** What layer {@code index} saves beside its parameters. */
    public List<ParameterSpec> buffers(int index) {
        return layers.get(index).buffers(shapeBefore(index));
    }

    /** Whether a layer, counted from 0, has parameters. */
    public boolean hasWeights(int layer) {
        return !parameters.get(layer).isEmpty();
    }

    /** The first layer that has parameters, counted from 0, whose input gradient nobody needs; 0 where none has. */
    public int firstWithWeights() {
        return IntStream.range(0, layers.size())
                .filter(this::hasWeights)
                .findFirst()
                .orElse(0);
    }

    /** Number of layers with weights: the most stages that the model can be cut into. */
    public int layersWithWeights() {
        return (int) parameters.stream().filter(p -> !p.isEmpty()).count();
    }

    /** Number of single weights in layers {@code from} (inclusive) to {@code to} (exclusive), a tied one counted once. */
    public long parameterCount(int from, int to) {
        long count = 0;
        for (int i = from; i < to; i++) {
            boolean counted = from == 0 && i > 0;
            count += parameters.get(i).stream()
                    .filter(p -> p.tiedTo().isEmpty() || !counted)
                    .mapToLong(p -> p.shape().size())
                    .sum();
        }
        return count;
    }

    /** The work of one sample's forward through layer {@code index}, about ({@link Layer#multiplications}). */
    public long multiplications(int index) {
        return layers.get(index).multiplications(shapeBefore(index));
    }

    /**
     * Multiply-adds of the products that training makes of one sample, exactly: forward, backward-weight and backward-input of
     * all layers, but for the backward-input of the first layer with weights, which nobody needs, and of those before it.
     * A forward that is done a second time (recomputation) is not counted.
     */
    public Products products() {
        int first = firstWithWeights();
        Products sum = Products.NONE;
        for (int i = 0; i < layers.size(); i++) {
            Products ofLayer = layers.get(i).products(shapeBefore(i));
            if (i < first) {
                sum = sum.plus(new Products(ofLayer.forward(), 0, 0, 0));
            } else {
                sum = sum.plus(i == first ? ofLayer.asFirst() : ofLayer);
            }
        }
        return sum;
    }

    /** Number of single weights of the whole model, a tied one counted once. */
    public long parameterCount() {
        return parameterCount(0, layers.size());
    }
}
