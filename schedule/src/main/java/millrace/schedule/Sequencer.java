package millrace.schedule;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.schedule.Action.Kind;

/**
 * Decides a rank's next action from what has arrived, and nothing else: no time, no threads. Validator and stage actor
 * drive the same object, so what is checked is what runs. Arrivals are remembered by (stage, kind, micro-batch):
 * messages of one sender come in order, but several schedules consume them in another.
 */
public final class Sequencer {
    private final List<Action> order;
    private final int stages;
    private final Set<Arrival> arrived = new HashSet<>();
    private long batch;
    private int position;

    private record Arrival(long batch, Action action) {}

    /**
     * @param order the rank's actions
     * @param stages stages of the whole line
     * @param firstBatch number of the batch to begin with
     */
    public Sequencer(List<Action> order, int stages, long firstBatch) {
        this.order = List.copyOf(order);
        this.stages = stages;
        this.batch = firstBatch;
    }

    /** One for each rank, beginning with batch 0. */
    public static List<Sequencer> of(Schedule schedule) {
        List<Sequencer> sequencers = new ArrayList<>();
        schedule.order().forEach(order -> sequencers.add(new Sequencer(order, schedule.stages(), 0)));
        return sequencers;
    }

    /**
     * The input of an action is here: an activation for a forward, an error delta for a backward.
     *
     * @param inBatch the batch it belongs to: this one, or a later one that a faster neighbour has begun
     * @param action what may start; an error delta is named by kind I whether the rank splits its backward or not
     * @throws IllegalStateException when it was here already, or belongs to a batch that is over
     */
    public void arrived(long inBatch, Action action) {
        if (inBatch < batch || !arrived.add(new Arrival(inBatch, action))) {
            throw new IllegalStateException("arrival for " + action + " of batch " + inBatch + " in batch " + batch
                    + " (expected: once, and not after its batch)");
        }
    }

    /** The next action if its input is here; it counts as started. */
    public Optional<Action> next() {
        if (position == order.size()) {
            return Optional.empty();
        }
        Action action = order.get(position);
        if (Dependencies.needsArrival(action, stages)) {
            Kind kind = action.kind() == Kind.B ? Kind.I : action.kind();
            if (!arrived.contains(new Arrival(batch, new Action(action.stage(), kind, action.microBatch())))) {
                return Optional.empty();
            }
        }
        position++;
        return Optional.of(action);
    }

    /** Actions started so far. */
    public int position() {
        return position;
    }

    /** Whether the whole batch is done. */
    public boolean finished() {
        return position == order.size();
    }

    /** The batch that is being worked on. */
    public long batch() {
        return batch;
    }

    /** Begins the next batch. */
    public void restart() {
        if (!finished()) {
            throw new IllegalStateException(
                    "restart at position " + position + " of " + order.size() + " (expected: the batch finished)");
        }
        batch++;
        position = 0;
        arrived.removeIf(arrival -> arrival.batch() < batch);
    }
}
