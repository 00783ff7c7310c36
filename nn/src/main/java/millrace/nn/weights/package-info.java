/**
 * The weights of a stage: which version the layers compute with ({@link millrace.nn.weights.StageWeights}), how gradients
 * become the next one ({@link millrace.nn.weights.StageOptimizer}), and what is saved of it as tensors by name
 * ({@link millrace.nn.weights.StageState}); and a model's weights as files that PyTorch reads and writes
 * ({@link millrace.nn.weights.WeightsFile}).
 *
 * <p>Public API are {@code WeightsFile} and {@code NamedTensor}; the rest is internal.
 */
@NullMarked
package millrace.nn.weights;

import org.jspecify.annotations.NullMarked;
