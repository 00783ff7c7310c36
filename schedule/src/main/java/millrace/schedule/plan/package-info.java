/** Schedules that are worked out rather than written down: planned from costs, or rearranged from a repeated pattern. */
@NullMarked
package millrace.schedule.plan;

import org.jspecify.annotations.NullMarked;
