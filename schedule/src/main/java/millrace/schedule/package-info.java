/** When a stage works: actions, schedules as data, their validation, and the order that decides a rank's next action. */
@NullMarked
package millrace.schedule;

import org.jspecify.annotations.NullMarked;
