/**
 * What is trained, as plain values: a {@link millrace.nn.model.Model} is a list of layers, a
 * {@link millrace.nn.model.Partition} cuts it into stages, and a {@link millrace.nn.model.TrainingSpec} says with which
 * loss, optimizer, batches and seed. Nothing here has weights or memory.
 */
@NullMarked
package millrace.nn.model;

import org.jspecify.annotations.NullMarked;
