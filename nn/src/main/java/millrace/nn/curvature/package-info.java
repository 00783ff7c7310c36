/**
 * How sharply the loss bends at given weights ({@link millrace.nn.curvature.Curvature}), from which follows how large a
 * learning rate may be ({@link millrace.nn.optimizer.StabilityBound}).
 */
@NullMarked
package millrace.nn.curvature;

import org.jspecify.annotations.NullMarked;
