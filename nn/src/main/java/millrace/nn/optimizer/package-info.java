/**
 * How a step changes the weights: {@link millrace.nn.optimizer.Optimizer} with PyTorch's rules and defaults, penalties,
 * clipping, learning-rate schedules, and corrections for gradients that come late. Public API, but for
 * {@code OptimizerState} and {@code Plateau}, which are internal.
 */
@NullMarked
package millrace.nn.optimizer;

import org.jspecify.annotations.NullMarked;
