/** Runs as TensorBoard's event files. */
@NullMarked
package millrace.app.output.tensorboard;

import org.jspecify.annotations.NullMarked;
