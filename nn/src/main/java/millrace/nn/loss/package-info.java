/** Losses: value and gradient in one pass over the network's output. */
@NullMarked
package millrace.nn.loss;

import org.jspecify.annotations.NullMarked;
