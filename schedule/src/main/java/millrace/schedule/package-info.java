/**
 * When a stage works. A {@link millrace.schedule.Generator} makes a {@link millrace.schedule.Schedule}, for each rank the
 * list of its actions, over a {@link millrace.schedule.Placement}, which says who holds what; {@link
 * millrace.schedule.Validator} decides whether it can be executed, and {@link millrace.schedule.Sequencer} decides, for
 * simulator and run alike, what a rank does next. {@link millrace.schedule.Schedules} knows all generators by name.
 *
 * <p>Public API, except for what is package-private. A schedule of your own is one class that implements Generator, or a
 * CSV file ({@link millrace.schedule.ScheduleCsv}).
 */
@NullMarked
package millrace.schedule;

import org.jspecify.annotations.NullMarked;
