/**
 * Random numbers that are the same on every machine: each use has a stream of its own, keyed by (seed, purpose, coordinates
 * such as layer and micro-batch), and {@link millrace.nn.random.Initializer} draws first weights from them. Public API.
 */
@NullMarked
package millrace.nn.random;

import org.jspecify.annotations.NullMarked;
