/** Printing and logging runs: what all outputs have in common. Each kind of output has a package below. */
@NullMarked
package millrace.app.output;

import org.jspecify.annotations.NullMarked;
