/** Runs as text for people: lines, a progress bar, tables. */
@NullMarked
package millrace.app.output.text;

import org.jspecify.annotations.NullMarked;
