/** The events of a run, its listeners, and its result. */
@NullMarked
package millrace.actors.event;

import org.jspecify.annotations.NullMarked;
