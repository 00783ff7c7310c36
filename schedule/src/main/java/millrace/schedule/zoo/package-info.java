/**
 * The known schedules: one generator a file, each with its drawing, its closed form and its source. Not public API: the
 * classes are public because a ServiceLoader makes them, and are asked for by name ({@link millrace.schedule.Schedules}).
 */
@NullMarked
package millrace.schedule.zoo;

import org.jspecify.annotations.NullMarked;
