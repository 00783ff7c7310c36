/** Runs as lines of JSON for scripts, on standard output and in a file. */
@NullMarked
package millrace.app.output.json;

import org.jspecify.annotations.NullMarked;
