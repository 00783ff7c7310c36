package millrace.schedule;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.schedule.Action.Kind;

/**
 * Decides a rank's next action from what has arrived, and nothing else: no time, no threads. Validator, simulator and
 * stage actor drive the same object, so what is checked and simulated is what runs. Arrivals are remembered by (stage,
 * kind, micro-batch): messages of one sender come in order, but several schedules consume them in another.
 */
public final class Sequencer {
    private final List<Action> actions;
    // positions whose action starts only when the next one can start too
    private final BitSet fused = new BitSet();
    private final int stages;
    private final int microBatches;
    private final List<Integer> held;
    private final Map<Long, BitSet> arrived = new HashMap<>();
    private BitSet current = new BitSet();
    private long batch;
    private int position;

    /**
     * @param schedule of the whole line
     * @param rank whose order this is
     * @param firstBatch number of the batch to begin with
     */
    public Sequencer(Schedule schedule, int rank, long firstBatch) {
        List<? extends Cell> cells = schedule.order().get(rank);
        this.actions = schedule.actions(rank);
        int position = 0;
        for (Cell cell : cells) {
            if (cell instanceof Fused) {
                fused.set(position);
            }
            position += cell.actions().size();
        }
        this.stages = schedule.stages();
        this.microBatches = schedule.microBatches();
        this.held = schedule.placement().get(rank);
        this.batch = firstBatch;
        arrived.put(firstBatch, current);
    }

    /** One for each rank, beginning with batch 0. */
    public static List<Sequencer> of(Schedule schedule) {
        List<Sequencer> sequencers = new ArrayList<>();
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            sequencers.add(new Sequencer(schedule, rank, 0));
        }
        return sequencers;
    }

    /** Where an arrival is noted: forward inputs at even places, error deltas at odd ones. */
    private int place(int stage, boolean forward, int microBatch) {
        int chunk = held.size() == 1 && held.getFirst() == stage ? 0 : held.indexOf(stage);
        if (chunk < 0 || microBatch >= microBatches) {
            throw new IllegalStateException("arrival for stage " + stage + ", micro-batch " + microBatch
                    + " (expected: a stage of " + held + ", a micro-batch below " + microBatches + ")");
        }
        return (chunk * microBatches + microBatch) * 2 + (forward ? 0 : 1);
    }

    /**
     * The input of an action is here: an activation for a forward, an error delta for a backward.
     *
     * @param inBatch the batch it belongs to: this one, or a later one that a faster neighbour has begun
     * @param action what may start; an error delta is named by kind I whether the rank splits its backward or not
     * @throws IllegalStateException when it was here already, or belongs to a batch that is over
     */
    public void arrived(long inBatch, Action action) {
        arrived(inBatch, action.stage(), action.kind() == Kind.F, action.microBatch());
    }

    /**
     * As {@link #arrived(long, Action)} without an object.
     *
     * @param forward whether it is an activation, not an error delta
     */
    void arrived(long inBatch, int stage, boolean forward, int microBatch) {
        int place = place(stage, forward, microBatch);
        BitSet arrivals = inBatch == batch ? current : arrived.computeIfAbsent(inBatch, _ -> new BitSet());
        if (inBatch < batch || arrivals.get(place)) {
            throw new IllegalStateException("arrival for " + new Action(stage, forward ? Kind.F : Kind.I, microBatch)
                    + " of batch " + inBatch + " in batch " + batch + " (expected: once, and not after its batch)");
        }
        arrivals.set(place);
    }

    /** The next action if its input is here, and that of the action it is fused with; it counts as started. */
    public Optional<Action> next() {
        if (position == actions.size()
                || !ready(actions.get(position))
                || (fused.get(position) && !ready(actions.get(position + 1)))) {
            return Optional.empty();
        }
        Action action = actions.get(position);
        position++;
        return Optional.of(action);
    }

    private boolean ready(Action action) {
        return !Dependencies.needsArrival(action, stages)
                || current.get(place(action.stage(), action.kind() == Kind.F, action.microBatch()));
    }

    /** Actions started so far. */
    public int position() {
        return position;
    }

    /** Actions of a batch. */
    public int size() {
        return actions.size();
    }

    /** Whether the action at a position shares its slot with the one after it. */
    public boolean fused(int at) {
        return fused.get(at);
    }

    /** The action at a position. */
    public Action action(int at) {
        return actions.get(at);
    }

    /** Whether the whole batch is done. */
    public boolean finished() {
        return position == actions.size();
    }

    /** The batch that is being worked on. */
    public long batch() {
        return batch;
    }

    /** Begins the next batch. */
    public void restart() {
        if (!finished()) {
            throw new IllegalStateException(
                    "restart at position " + position + " of " + actions.size() + " (expected: the batch finished)");
        }
        arrived.remove(batch);
        batch++;
        position = 0;
        current = arrived.computeIfAbsent(batch, _ -> new BitSet());
    }
}
