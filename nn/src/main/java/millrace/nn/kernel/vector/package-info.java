/**
 * Kernels by the JDK's Vector API, with the same bits before and after compilation. Internal.
 */
@NullMarked
package millrace.nn.kernel.vector;

import org.jspecify.annotations.NullMarked;
