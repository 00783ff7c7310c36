/** What a run tells while it goes on, who hears it, and what it came to. */
@NullMarked
package millrace.actors.event;

import org.jspecify.annotations.NullMarked;
