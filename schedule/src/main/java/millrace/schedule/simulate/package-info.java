/**
 * The simulator: how long a schedule would take, how much memory and how much waiting, from the times of actions and messages. Public API:
 * {@link millrace.schedule.simulate.Simulator} makes a {@link millrace.schedule.simulate.Simulation}.
 */
@NullMarked
package millrace.schedule.simulate;

import org.jspecify.annotations.NullMarked;
