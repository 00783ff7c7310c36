/**
 * What the ranks of a run work by: either a schedule of one batch, after which everybody flushes, or a stream that nobody
 * flushes. Public API: whoever plans a run gives it an {@link millrace.schedule.order.Order}.
 */
@NullMarked
package millrace.schedule.order;

import org.jspecify.annotations.NullMarked;
