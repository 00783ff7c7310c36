package millrace.schedule.timeline;

import java.util.List;
import millrace.schedule.Action;
import org.jspecify.annotations.Nullable;

/**
 * What every rank did when. Times are in seconds for measured runs, in the unit of the costs for simulated ones; 0 is
 * the first start.
 *
 * @param title for pictures: {@code 1f1b, simulated}
 * @param unit of all times, as an axis says it: {@code s}, {@code ms}, or empty
 * @param ranks rows
 * @param spans what was computed, by rank and within a rank by time
 * @param messages what went from rank to rank
 * @param exchanges when replicas of the line added up their gradients, beside what was computed
 */
public record Timeline(
        String title, String unit, int ranks, List<Span> spans, List<Message> messages, List<Exchange> exchanges) {
    /**
     * An action from its start to its end.
     *
     * @param rank that did it
     * @param batch that it was for, from 0
     * @param action that was done
     * @param start when it began
     * @param end when it was done
     * @param weights that it used; null where nothing is ever stale
     */
    public record Span(
            int rank,
            long batch,
            Action action,
            double start,
            double end,
            @Nullable Weights weights) {
        /** An action whose weights are the newest there are. */
        public Span(int rank, long batch, Action action, double start, double end) {
            this(rank, batch, action, start, end, null);
        }
    }

    /**
     * The weights that an action used without a flush.
     *
     * @param version optimizer steps that had made them
     * @param staleness for a forward the steps that its stage had made since; for a backward those since its forward
     */
    public record Weights(long version, long staleness) {}

    /**
     * A message from rank to rank.
     *
     * @param from rank that sent it
     * @param to rank that received it
     * @param batch that it was for, from 0
     * @param releases what it lets the receiver do: F with an activation, I with an error delta
     * @param sent when the sender had it
     * @param received when the receiver had it
     */
    public record Message(int from, int to, long batch, Action releases, double sent, double received) {}

    /**
     * A rank's part in adding up the gradients of a stage over the replicas of the line.
     *
     * @param start when the gradients of all replicas were complete, and the rank was through with what it exchanged before
     * @param end when the rank had the sums
     */
    public record Exchange(int rank, int stage, double start, double end) {}

    /** A timeline in which nothing is exchanged between replicas. */
    public Timeline(String title, String unit, int ranks, List<Span> spans, List<Message> messages) {
        this(title, unit, ranks, spans, messages, List.of());
    }

    public Timeline {
        exchanges = List.copyOf(exchanges);
        spans = List.copyOf(spans);
        messages = List.copyOf(messages);
    }

    /** The end of the last span or exchange. */
    public double makespan() {
        double computed = spans.stream().mapToDouble(Span::end).max().orElse(0);
        return Math.max(
                computed, exchanges.stream().mapToDouble(Exchange::end).max().orElse(0));
    }

    /** Time that a rank computes. */
    public double busy(int rank) {
        return spans.stream()
                .filter(span -> span.rank() == rank)
                .mapToDouble(span -> span.end() - span.start())
                .sum();
    }
}
