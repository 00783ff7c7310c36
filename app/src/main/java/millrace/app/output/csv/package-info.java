/** Runs as tables for other programs. */
@NullMarked
package millrace.app.output.csv;

import org.jspecify.annotations.NullMarked;
