/** What scripts read: JSON lines, on standard output and in a file. */
@NullMarked
package millrace.app.output.json;

import org.jspecify.annotations.NullMarked;
