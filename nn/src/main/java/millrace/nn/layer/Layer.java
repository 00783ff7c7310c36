package millrace.nn.layer;

import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;

/**
 * One operation of a model: a description without weights or memory, the same on every machine. Shapes here are those
 * of one sample; {@link Operator} works on whole micro-batches.
 */
public interface Layer extends Block {
    /** This layer alone. */
    @Override
    default List<Layer> layers() {
        return List.of(this);
    }

    /** The name in run files and summaries: {@code dense}. */
    String type();

    /**
     * What a run file says of it beside its type, by the keys of its {@link LayerType}: numbers, truth values, texts,
     * constants of enums, and lists of whole numbers. With these its type makes an equal layer again, which is how a checkpoint describes a network. A
     * record whose components are called like the keys need not say more.
     */
    default Map<String, Object> settings() {
        return RecordSettings.of(this);
    }

    /**
     * The shape that comes out.
     *
     * @throws IllegalArgumentException when the layer cannot take {@code input}: names both shapes and the remedy
     */
    Shape outputShape(Shape input);

    /** Parameters in PyTorch's order, weight before bias; empty for most layers. */
    default List<ParameterSpec> parameters(Shape input) {
        return List.of();
    }

    /**
     * What belongs to the layer's saved state without being trained, such as running means; empty for most layers. It is
     * written in backward-weight only, which comes in ascending micro-batch order and once for each.
     */
    default List<ParameterSpec> buffers(Shape input) {
        return List.of();
    }

    /**
     * The work of one sample's forward, about, by which a model is cut into stages: one for each weight, unless weights are
     * used more than once. {@link #products} counts exactly what is multiplied.
     */
    default long multiplications(Shape input) {
        return parameters(input).stream()
                .mapToLong(parameter -> parameter.shape().size())
                .sum();
    }

    /** Multiply-adds of the products of one sample, exactly, for figures of speed; none for most layers. */
    default Products products(Shape input) {
        return Products.NONE;
    }

    /**
     * Whether a position of a sequence that comes out depends on positions behind it. Such a layer cannot predict the next
     * token, which it sees, nor continue a text.
     */
    default boolean looksAhead() {
        return false;
    }

    /** What the layer reads: I32 where it takes token numbers, which a model's first layer may. */
    default ElementType inputType() {
        return ElementType.F32;
    }

    /**
     * The arithmetic for samples of the given shape.
     *
     * @param parameters memory of {@link #parameters}, in that order, then of {@link #buffers}
     * @param key of the layer's random numbers: (seed, layer index)
     */
    Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key);

    /** What tells this layer's random numbers from all others. */
    record RandomKey(long seed, int layer) {}
}
