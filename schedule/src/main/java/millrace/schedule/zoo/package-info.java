/** The known schedules: one generator a file, each with its drawing and its source. */
@NullMarked
package millrace.schedule.zoo;

import org.jspecify.annotations.NullMarked;
