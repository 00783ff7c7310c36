/**
 * Timelines: which action ran when, simulated or measured. Both have the same form, so that they can be compared. Public API.
 */
@NullMarked
package millrace.schedule.timeline;

import org.jspecify.annotations.NullMarked;
