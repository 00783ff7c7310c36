/**
 * Automatic parallelism: how a network is cut for some ranks, by which schedule, with how many micro-batches and what of it
 * recomputed, so that a batch takes as little time as possible within the memory that a rank has. What the layers take and hold
 * is a {@link millrace.schedule.auto.NetworkProfile}, measured or written by hand; {@link millrace.schedule.auto.Planner}
 * searches. Bounds and dynamic programs propose and prune; the simulator alone decides, so that what is planned is what is
 * simulated and executed.
 *
 * <p>Public API, except for what is package-private.
 */
@NullMarked
package millrace.schedule.auto;

import org.jspecify.annotations.NullMarked;
