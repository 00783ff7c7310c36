/**
 * How schedules without a fixed order are made: planned from the times of actions, or rearranged from a repeated pattern; and the
 * search for the shortest order of all ({@link millrace.schedule.plan.OptimalOrder}). The rest is not public API: the generators
 * of {@link millrace.schedule.zoo} use it, and whoever wants such a schedule asks for it by name.
 */
@NullMarked
package millrace.schedule.plan;

import org.jspecify.annotations.NullMarked;
