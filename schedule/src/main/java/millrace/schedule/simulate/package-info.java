/**
 * Virtual time: what a schedule would take, hold and leave idle, given what its actions and messages cost. Public API:
 * {@link millrace.schedule.simulate.Simulator} makes a {@link millrace.schedule.simulate.Simulation}.
 */
@NullMarked
package millrace.schedule.simulate;

import org.jspecify.annotations.NullMarked;
