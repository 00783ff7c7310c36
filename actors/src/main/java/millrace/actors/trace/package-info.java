/** What a run has recorded of itself: when each rank did which action, and when messages travelled. */
@NullMarked
package millrace.actors.trace;

import org.jspecify.annotations.NullMarked;
