/** Layers: what each computes forward, backward to its input and backward to its weights. */
@NullMarked
package millrace.nn.layer;

import org.jspecify.annotations.NullMarked;
