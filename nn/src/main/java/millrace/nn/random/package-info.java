/** Reproducible random numbers keyed by (seed, layer, purpose, micro-batch), and the initialisers that draw from them. */
@NullMarked
package millrace.nn.random;

import org.jspecify.annotations.NullMarked;
