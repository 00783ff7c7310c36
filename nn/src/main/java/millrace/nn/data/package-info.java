/** Data sets: readers, seeded order, splits, normalisation, and the micro-batches cut from them. */
@NullMarked
package millrace.nn.data;

import org.jspecify.annotations.NullMarked;
