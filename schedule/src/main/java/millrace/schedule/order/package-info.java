/**
 * The order that the ranks of a run follow: either a schedule of one batch, after which all of them wait for each other (a flush),
 * or a stream without a flush. Public API: whoever plans a run gives it an {@link millrace.schedule.order.Order}.
 */
@NullMarked
package millrace.schedule.order;

import org.jspecify.annotations.NullMarked;
