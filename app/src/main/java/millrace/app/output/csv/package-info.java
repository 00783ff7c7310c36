/** Logs of runs as CSV tables, for other programs. */
@NullMarked
package millrace.app.output.csv;

import org.jspecify.annotations.NullMarked;
