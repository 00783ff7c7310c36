/**
 * What a model is made of. {@link millrace.nn.layer.Layers} has the layers by name. A layer of one's own is a
 * {@link millrace.nn.layer.Layer}, the description without weights, and the {@link millrace.nn.layer.Operator} that it makes:
 * forward, backward to its input and backward to its weights as separate calls. Public API.
 */
@NullMarked
package millrace.nn.layer;

import org.jspecify.annotations.NullMarked;
