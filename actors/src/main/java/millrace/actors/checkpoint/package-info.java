/** Checkpoints on disk: each is complete or does not exist. */
@NullMarked
package millrace.actors.checkpoint;

import org.jspecify.annotations.NullMarked;
