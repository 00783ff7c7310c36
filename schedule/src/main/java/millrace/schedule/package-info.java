/**
 * Which rank does what and when. A {@link millrace.schedule.Generator} makes a {@link millrace.schedule.Schedule}, for each rank the
 * list of its actions, and a {@link millrace.schedule.Placement} says which rank holds which stage; {@link
 * millrace.schedule.Validator} decides whether it can be executed, and {@link millrace.schedule.Sequencer} decides, for
 * simulator and run alike, what a rank does next. {@link millrace.schedule.Schedules} knows all generators by name.
 *
 * <p>Public API, except for what is package-private. A schedule of your own is one class that implements Generator, or a
 * CSV file ({@link millrace.schedule.ScheduleCsv}).
 */
@NullMarked
package millrace.schedule;

import org.jspecify.annotations.NullMarked;
