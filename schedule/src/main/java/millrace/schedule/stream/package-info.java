/** Training without a flush: a stream of micro-batches, which weight versions it uses, and how stale gradients are. */
@NullMarked
package millrace.schedule.stream;

import org.jspecify.annotations.NullMarked;
