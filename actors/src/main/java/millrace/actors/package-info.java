/** The Java API for training: {@link millrace.actors.Training} and what comes of it, {@link millrace.actors.Trained}. */
@NullMarked
package millrace.actors;

import org.jspecify.annotations.NullMarked;
