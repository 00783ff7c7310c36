/** Off-heap tensors with shapes, the pools they come from, and the rule of who owns them. */
@NullMarked
package millrace.nn.tensor;

import org.jspecify.annotations.NullMarked;
