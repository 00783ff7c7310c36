/**
 * The known schedules: each file has one generator, with its drawing, its formulas and the paper that it is from. Not public API: the
 * classes are public because a ServiceLoader makes them, and are asked for by name ({@link millrace.schedule.Schedules}).
 */
@NullMarked
package millrace.schedule.zoo;

import org.jspecify.annotations.NullMarked;
