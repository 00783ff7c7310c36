/** What a run does next: train, evaluate, save, stop early, finish; pure, whoever executes it. */
@NullMarked
package millrace.actors.course;

import org.jspecify.annotations.NullMarked;
