/** Arithmetic on off-heap memory: a small interface, the plain scalar reference, and the fast kernels (oneDNN and the Vector API). */
@NullMarked
package millrace.nn.kernel;

import org.jspecify.annotations.NullMarked;
