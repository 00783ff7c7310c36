package millrace.schedule.stream;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import millrace.schedule.Action.Kind;

/**
 * Decides the next action of one stage of a stream. In strict order the decision depends on counts alone, and an arrival
 * can only be waited for, so latencies cannot change what happens; a greedy stream does whatever has its input here.
 *
 * <p>At most warm-up + 1 micro-batches of a stage are between forward and backward. This bounds what waits in the mailboxes
 * and stashes of the stages after it: it sends one more activation only when it has got back an error delta, which serves as
 * its credit.
 */
public final class StreamOrder {
    /**
     * What a stage does next.
     *
     * @param kind F or B, for no stream splits its backward
     * @param microBatch that it is for, numbered from the beginning of the stream
     */
    public record Next(Kind kind, long microBatch) {}

    private final StreamSpec spec;
    private final int warmUp;
    // what the stage before can have sent before it needs an answer
    private final int mostActivations;
    private final boolean first;
    private final boolean last;
    private final Set<Long> activations = new HashSet<>();
    private final Set<Long> deltas = new HashSet<>();
    private final long end;
    private long granted;
    private long forwards;
    private long backwards;

    /**
     * Stands before the first micro-batch.
     *
     * @param spec of the whole stream
     * @param stage whose order this is
     * @param begin the first micro-batch that is worked on; above 0 where a stream goes on, whose micro-batches keep
     *     their numbers
     * @param end micro-batch after the last
     */
    public StreamOrder(StreamSpec spec, int stage, long begin, long end) {
        this.spec = spec;
        this.warmUp = spec.warmUp(stage);
        this.mostActivations = stage == 0 ? 0 : spec.warmUp(stage - 1) + 1;
        this.first = stage == 0;
        this.last = stage == spec.stages() - 1;
        this.end = end;
        this.granted = begin;
        this.forwards = begin;
        this.backwards = begin;
    }

    /** Lets backwards be done up to a micro-batch; forwards run ahead of them by the warm-up. */
    public void grant(long until) {
        granted = Math.max(granted, until);
    }

    /** The activation for a forward is here; false when it was here already. */
    public boolean activationArrived(long microBatch) {
        return note(activations, forwards, microBatch, mostActivations, "activation");
    }

    /** The error delta for a backward is here; false when it was here already. */
    public boolean deltaArrived(long microBatch) {
        return note(deltas, backwards, microBatch, warmUp + 1, "error delta");
    }

    private boolean note(Set<Long> arrived, long next, long microBatch, int most, String what) {
        if (microBatch >= end) {
            throw new IllegalStateException(
                    what + " of micro-batch " + microBatch + " (expected: below " + end + ", where the stream ends)");
        }
        if (microBatch < next || !arrived.add(microBatch)) {
            return false;
        }
        if (arrived.size() > most) {
            throw new IllegalStateException(what + "s waiting: " + arrived.size() + " (expected: at most " + most
                    + ", what credits allow); micro-batch " + next + " never came");
        }
        return true;
    }

    /** The action that waits for its input; empty when none is missing, or more has to be granted first. */
    public Optional<Next> missing() {
        if (granted == backwards && forwards == backwards) {
            return Optional.empty();
        }
        boolean backwardDue = backwards < granted && backwards < forwards && (spec.isGreedy() || !mayForward());
        if (backwardDue && !last && !deltas.contains(backwards)) {
            return Optional.of(new Next(Kind.B, backwards));
        }
        boolean here = first || activations.contains(forwards);
        return here || !mayForward() ? Optional.empty() : Optional.of(new Next(Kind.F, forwards));
    }

    /** The next action if its input is here and it is granted; it counts as done. */
    public Optional<Next> next() {
        if (granted == backwards && forwards == backwards && granted < end) {
            return Optional.empty();
        }
        return spec.isGreedy() ? either() : inTurn();
    }

    private Optional<Next> inTurn() {
        return mayForward() ? forward() : backward();
    }

    private Optional<Next> either() {
        Optional<Next> next = backward();
        return next.isEmpty() && mayForward() ? forward() : next;
    }

    private boolean mayForward() {
        return forwards < end && forwards - backwards <= warmUp && backwards >= spec.flushedBefore(forwards);
    }

    private Optional<Next> forward() {
        if (!first && !activations.remove(forwards)) {
            return Optional.empty();
        }
        forwards++;
        return Optional.of(new Next(Kind.F, forwards - 1));
    }

    private Optional<Next> backward() {
        if (backwards == granted || backwards == forwards || (!last && !deltas.remove(backwards))) {
            return Optional.empty();
        }
        backwards++;
        return Optional.of(new Next(Kind.B, backwards - 1));
    }

    /** Forwards done since the start of the stream. */
    public long forwards() {
        return forwards;
    }

    /** Whether some forward is still to come. */
    public boolean forwardsLeft() {
        return forwards < end;
    }

    /** Backwards done since the start of the stream. */
    public long backwards() {
        return backwards;
    }
}
