package millrace.nn.layer;

import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;

/**
 * One operation of a model: a description without weights or memory, the same on every machine. Shapes here are those
 * of one sample; {@link Operator} works on whole micro-batches.
 */
public interface Layer {
    /** The name in run files and summaries: {@code dense}. */
    String type();

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
     * The arithmetic for samples of the given shape.
     *
     * @param parameters memory of {@link #parameters}, in that order
     * @param key of the layer's random numbers: (seed, layer index)
     */
    Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key);

    /** What tells this layer's random numbers from all others. */
    record RandomKey(long seed, int layer) {}
}
