/**
 * Losses, which training makes small. {@link millrace.nn.loss.Losses} has them by name, and a loss of one's own is a
 * {@link millrace.nn.loss.Loss}. Value and gradient come from one pass over the network's output. Public API.
 */
@NullMarked
package millrace.nn.loss;

import org.jspecify.annotations.NullMarked;
