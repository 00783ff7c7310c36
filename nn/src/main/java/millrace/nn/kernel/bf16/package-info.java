/**
 * Products whose factors are rounded to bfloat16 in software, over any other kernels. Internal.
 */
@NullMarked
package millrace.nn.kernel.bf16;

import org.jspecify.annotations.NullMarked;
