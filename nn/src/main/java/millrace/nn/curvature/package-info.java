/**
 * How sharply the loss bends at given weights ({@link millrace.nn.curvature.Curvature}); from this follows the largest
 * possible learning rate ({@link millrace.nn.optimizer.StabilityBound}).
 */
@NullMarked
package millrace.nn.curvature;

import org.jspecify.annotations.NullMarked;
