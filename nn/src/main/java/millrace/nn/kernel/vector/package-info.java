/**
 * Kernels by the JDK's Vector API. Their results are the same bits before and after the JVM has compiled them. Internal.
 */
@NullMarked
package millrace.nn.kernel.vector;

import org.jspecify.annotations.NullMarked;
