/**
 * Arrays outside the heap: {@link millrace.nn.tensor.Tensor} (which explains what a <em>hold</em> is), its
 * {@link millrace.nn.tensor.Shape}, and pools of memory that is used again and again.
 */
@NullMarked
package millrace.nn.tensor;

import org.jspecify.annotations.NullMarked;
