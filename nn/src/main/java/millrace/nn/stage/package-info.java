/**
 * What one stage computes: neighbouring layers with forward, backward-input and backward-weight as separate calls ({@link
 * millrace.nn.stage.LayerRun}), what is kept of a micro-batch between these calls, the samples that the first stage reads, and the loss that the last one computes. {@link millrace.nn.stage.StageModel} puts them together with the
 * weights, the optimizer and the saved state of {@code nn.weights}.
 *
 * <p>Internal: made for the actors and references that train a model, not for programs that use the library.
 */
@NullMarked
package millrace.nn.stage;

import org.jspecify.annotations.NullMarked;
