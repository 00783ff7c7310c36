/**
 * Random changes of training samples, made when a sample is read. They do not depend on how the network is cut into stages, and
 * are the same after a restart. An augmentation of one's own is an {@link millrace.nn.augment.Augmentation}. Public API.
 */
@NullMarked
package millrace.nn.augment;

import org.jspecify.annotations.NullMarked;
