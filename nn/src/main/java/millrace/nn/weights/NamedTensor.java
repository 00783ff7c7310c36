package millrace.nn.weights;

import millrace.nn.tensor.Tensor;

/**
 * A copy of a parameter or of an optimizer buffer, rows close together.
 *
 * @param name {@code 0.weight}, or {@code 0.weight.exp_avg} for optimizer state
 */
public record NamedTensor(String name, Tensor tensor) {}
