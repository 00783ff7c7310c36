/** Run logs for other programs: TensorBoard's event files, CSV, JSON lines. */
@NullMarked
package millrace.app.log;

import org.jspecify.annotations.NullMarked;
