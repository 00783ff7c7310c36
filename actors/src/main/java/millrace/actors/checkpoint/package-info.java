/** Checkpoints on disk: written atomically, complete or not there. */
@NullMarked
package millrace.actors.checkpoint;

import org.jspecify.annotations.NullMarked;
