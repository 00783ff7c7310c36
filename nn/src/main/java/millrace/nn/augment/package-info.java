/**
 * Random changes of training samples, made when a sample is read; the same for every partition and recovery. An augmentation of
 * one's own is an {@link millrace.nn.augment.Augmentation}. Public API.
 */
@NullMarked
package millrace.nn.augment;

import org.jspecify.annotations.NullMarked;
