/**
 * The arithmetic that networks are made of, as interfaces over float32 memory outside the heap, and the small values that they
 * take: {@link millrace.nn.kernel.Kernels} and what it makes. The implementations lie in the packages below: {@code scalar},
 * the plain reference; {@code vector}, by the JDK's Vector API; {@code dnnl}, by oneDNN; {@code bf16}, with rounded factors.
 * Which of them a training uses is part of its {@link millrace.nn.kernel.Precision} and its backend.
 *
 * <p>Internal, but for the values that layers and run files are described with, such as
 * {@link millrace.nn.kernel.Activation}, {@link millrace.nn.kernel.Window} and {@link millrace.nn.kernel.Precision}, and for
 * {@link millrace.nn.kernel.Kernels}, which a layer of one's own computes with.
 */
@NullMarked
package millrace.nn.kernel;

import org.jspecify.annotations.NullMarked;
