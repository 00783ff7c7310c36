/**
 * Kernels by oneDNN, a native library that is called through {@code java.lang.foreign}: matrix products, convolutions, and both
 * in bfloat16 where the processor has instructions for it (docs/decisions/onednn.md). Internal.
 */
@NullMarked
package millrace.nn.kernel.dnnl;

import org.jspecify.annotations.NullMarked;
