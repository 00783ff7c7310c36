/**
 * The weights of a stage: their versions and the optimizer that makes the next one, sums of gradients with those of other
 * stages and replicas, and weights as tensors by name, in checkpoints and in files that PyTorch reads and writes
 * ({@link millrace.nn.weights.WeightsFile}).
 *
 * <p>Public API are {@code WeightsFile} and {@code NamedTensor}; the rest is internal.
 */
@NullMarked
package millrace.nn.weights;

import org.jspecify.annotations.NullMarked;
