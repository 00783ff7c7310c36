package millrace.actors.trace;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline.Weights;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link FlightRecorder} has kept of a rank.
 *
 * @param runEpoch of the line that the rank belongs to
 * @param spans what it did, in the order of time
 * @param passages its messages, in the order of time
 */
public record FlightRecord(
        int rank, long runEpoch, List<Span> spans, List<Passage> passages, Totals totals, Levels levels) {
    /** What a rank is at. */
    public enum Doing {
        /** An action of the schedule. */
        ACTION,
        /** The optimizer's step, or a gradient's norm for it. */
        STEP,
        /** Gradients are shared with other ranks and added up. */
        EXCHANGE,
        /** A chunk of an evaluation. */
        EVALUATION
    }

    /**
     * From start to end the rank was at work; times are nanoseconds of one clock.
     *
     * @param step number of the batch, from 0; of a chunk, the evaluation's
     * @param action that it did; null where it did something else
     * @param weights that it used; null where they are always the newest
     * @param held bytes that it held for backwards after it
     */
    public record Span(
            Doing doing,
            long step,
            @Nullable Action action,
            @Nullable Weights weights,
            long start,
            long end,
            long held) {
        /** The same by another clock. */
        Span later(long nanos) {
            return new Span(doing, step, action, weights, start + nanos, end + nanos, held);
        }
    }

    /**
     * A message left its sender, or was taken by its receiver.
     *
     * @param sent whether it left
     * @param releases what its receiver may do with it
     */
    public record Passage(boolean sent, long step, Action releases, long at) {
        /** The same by another clock. */
        Passage later(long nanos) {
            return new Passage(sent, step, releases, at + nanos);
        }
    }

    /** Messages, and the bytes of their tensors. */
    public record Traffic(long messages, long bytes) {
        /** Both together. */
        public Traffic plus(Traffic other) {
            return new Traffic(messages + other.messages, bytes + other.bytes);
        }
    }

    /**
     * What was counted since the rank was made.
     *
     * @param steps batches that are done, from the run's beginning
     * @param busyNanos in which it was at work
     * @param wholeNanos from when it was made to the last end of work
     * @param sent by the rank that got it
     */
    public record Totals(long steps, long busyNanos, long wholeNanos, NavigableMap<Integer, Traffic> sent) {
        public Totals {
            sent = new TreeMap<>(sent);
        }
    }

    /**
     * How much a rank held when it was looked at last.
     *
     * @param heldBytes for backwards
     * @param allocatedBytes for all that lives as long as it does
     * @param waiting messages that are here and not used yet
     * @param versions of the weights that are kept, the newest included
     * @param mostStale the most steps by which a gradient was late; 0 where none ever is
     * @param meanStale the mean of that
     */
    public record Levels(
            long heldBytes, long allocatedBytes, int waiting, int versions, long mostStale, double meanStale) {
        /** Of a rank that has done nothing yet. */
        public static final Levels NONE = new Levels(0, 0, 0, 1, 0, 0);
    }

    public FlightRecord {
        spans = List.copyOf(spans);
        passages = List.copyOf(passages);
    }

    /** The same by a clock that shows more. */
    public FlightRecord later(long nanos) {
        return new FlightRecord(
                rank,
                runEpoch,
                spans.stream().map(span -> span.later(nanos)).toList(),
                passages.stream().map(passage -> passage.later(nanos)).toList(),
                totals,
                levels);
    }
}
