package millrace.nn.layer;

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
 */
public record ParameterSpec(String name, Shape shape, Initializer initializer, int fanIn, int fanOut) {
    /** Whether penalties apply: matrices and up have them, biases and other vectors do not. */
    public boolean penalised() {
        return shape.rank() > 1;
    }
}
