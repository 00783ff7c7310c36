/** The trainer actor: starts the ranks, grants them steps, evaluates, saves and ends a run. */
@NullMarked
package millrace.actors.trainer;

import org.jspecify.annotations.NullMarked;
