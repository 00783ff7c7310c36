/**
 * Data sets: {@link millrace.nn.data.Dataset}, those that come with the library by name
 * ({@link millrace.nn.data.Datasets}), readers of CSV, IDX and text files, splits and normalisation. Public API, but for
 * {@code BatchOrder}, the seeded order of training, which is internal.
 */
@NullMarked
package millrace.nn.data;

import org.jspecify.annotations.NullMarked;
