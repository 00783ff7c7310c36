/**
 * The choice of kernels as one value, {@link millrace.nn.backend.Backend}. Only this package knows the implementations of
 * {@code nn.kernel}; all other classes get kernels from a backend.
 */
@NullMarked
package millrace.nn.backend;

import org.jspecify.annotations.NullMarked;
