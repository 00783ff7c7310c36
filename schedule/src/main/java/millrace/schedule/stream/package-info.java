/**
 * Training without a flush: a stream of micro-batches, in what order a stage works on them, which versions of its weights it
 * uses, and how stale its gradients get. Public API: {@link millrace.schedule.stream.StreamSpec} describes a stream, {@link
 * millrace.schedule.stream.StreamOrder} decides what a stage of it does next.
 */
@NullMarked
package millrace.schedule.stream;

import org.jspecify.annotations.NullMarked;
