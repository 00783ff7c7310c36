/** What a run measured of itself: when each rank computed what, and what travelled when. */
@NullMarked
package millrace.actors.trace;

import org.jspecify.annotations.NullMarked;
