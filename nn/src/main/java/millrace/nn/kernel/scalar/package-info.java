/**
 * The plain reference for all kernels: one element at a time, in the order of the formulas, with sums in double precision.
 * Tests compare every other implementation with it. Internal.
 */
@NullMarked
package millrace.nn.kernel.scalar;

import org.jspecify.annotations.NullMarked;
