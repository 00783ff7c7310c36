/** Virtual time: what a schedule would take, hold and leave idle, given what its actions and messages cost. */
@NullMarked
package millrace.schedule.simulate;

import org.jspecify.annotations.NullMarked;
