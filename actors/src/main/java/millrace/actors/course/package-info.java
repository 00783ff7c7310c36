/** The decision what a run does next: train, evaluate, save, stop early or finish. It uses no actors, no threads and no clock. */
@NullMarked
package millrace.actors.course;

import org.jspecify.annotations.NullMarked;
