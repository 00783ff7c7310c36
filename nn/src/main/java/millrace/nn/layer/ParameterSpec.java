package millrace.nn.layer;

import java.util.OptionalInt;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;

/**
 * A parameter before it has memory.
 *
 * @param name PyTorch's name within the layer: {@code weight}, {@code bias}
 * @param shape PyTorch's shape: out x in for a dense layer's weight
 * @param initializer how its first values are drawn
 * @param fanIn inputs that an output sums over
 * @param fanOut outputs that an input goes into
 * @param tiedTo the layer whose parameter of the same name this one is a copy of, always equal to the bit
 */
public record ParameterSpec(
        String name, Shape shape, Initializer initializer, int fanIn, int fanOut, OptionalInt tiedTo) {
    /** A parameter of its own. */
    public ParameterSpec(String name, Shape shape, Initializer initializer, int fanIn, int fanOut) {
        this(name, shape, initializer, fanIn, fanOut, OptionalInt.empty());
    }

    /** The same as a copy of another layer's. */
    public ParameterSpec tiedTo(int layer) {
        return new ParameterSpec(name, shape, initializer, fanIn, fanOut, OptionalInt.of(layer));
    }

    /** Whether penalties apply: matrices and up have them, biases and other vectors do not. */
    public boolean penalised() {
        return shape.rank() > 1;
    }
}
