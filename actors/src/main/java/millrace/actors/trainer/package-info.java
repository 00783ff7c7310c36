/** The trainer, the actor that leads a run: it starts the ranks, allows them steps, and has the run evaluated, saved and ended. */
@NullMarked
package millrace.actors.trainer;

import org.jspecify.annotations.NullMarked;
