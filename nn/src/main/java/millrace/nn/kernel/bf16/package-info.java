/**
 * Products whose factors are rounded to bfloat16 in software, with any other kernels for the rest. Internal.
 */
@NullMarked
package millrace.nn.kernel.bf16;

import org.jspecify.annotations.NullMarked;
