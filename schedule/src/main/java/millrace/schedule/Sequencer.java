package millrace.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.schedule.Action.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Decides a rank's next action from what has arrived, and from nothing else: it knows neither time nor threads. The
 * validator, the simulator and the rank of a run all drive this same object, so what is checked and simulated is what
 * runs. Arrivals are remembered by (stage, kind, micro-batch), because messages of one sender come in the order in which
 * they were sent, but several schedules consume them in another.
 */
public final class Sequencer {
    private static final int NO_INPUT = -1;

    private final List<Action> actions;
    // for each position the place where the arrival of its input is noted
    private final int[] inputs;
    // positions whose action starts only when the next one can start too
    private final BitSet fused = new BitSet();
    private final int microBatches;
    private final int[] held;
    private final Map<Long, BitSet> arrived = new HashMap<>();
    private BitSet current = new BitSet();
    private long batch;
    private int position;

    /**
     * Stands at the beginning of a rank's order.
     *
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
        this.microBatches = schedule.microBatches();
        this.held = schedule.placement().stagesOf(rank).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        this.batch = firstBatch;
        this.inputs = new int[actions.size()];
        for (int at = 0; at < inputs.length; at++) {
            Action action = actions.get(at);
            boolean waits = Dependencies.needsArrival(action, schedule.stages());
            inputs[at] = waits ? place(action.stage(), action.kind() == Kind.F, action.microBatch()) : NO_INPUT;
        }
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
        for (int chunk = 0; chunk < held.length; chunk++) {
            if (held[chunk] == stage && microBatch < microBatches) {
                return (chunk * microBatches + microBatch) * 2 + (forward ? 0 : 1);
            }
        }
        throw new IllegalStateException("arrival for stage " + stage + ", micro-batch " + microBatch
                + " (expected: a stage of " + Arrays.toString(held) + ", a micro-batch below " + microBatches + ")");
    }

    /**
     * The input of an action is here: an activation for a forward, an error delta for a backward.
     *
     * @param inBatch the batch it belongs to: this one, or a later one that a faster neighbour has begun
     * @param action what may start; an error delta is named by kind I whether the rank splits its backward or not
     * @return false when it was here already, or belongs to a batch that is over: a message delivered twice changes nothing
     * @throws IllegalStateException when the rank has no such stage or micro-batch
     */
    public boolean arrived(long inBatch, Action action) {
        return arrived(inBatch, action.stage(), action.kind() == Kind.F, action.microBatch());
    }

    /**
     * As {@link #arrived(long, Action)} without an object.
     *
     * @param forward whether it is an activation, not an error delta
     */
    boolean arrived(long inBatch, int stage, boolean forward, int microBatch) {
        int place = place(stage, forward, microBatch);
        if (inBatch < batch) {
            return false;
        }
        BitSet arrivals = inBatch == batch ? current : arrived.computeIfAbsent(inBatch, _ -> new BitSet());
        boolean once = !arrivals.get(place);
        arrivals.set(place);
        return once;
    }

    /** What the next action waits for, named as in {@link #arrived}; empty when nothing is missing. */
    public Optional<Action> missing() {
        if (finished()) {
            return Optional.empty();
        }
        int at = ready(position) && fused.get(position) ? position + 1 : position;
        Action action = actions.get(at);
        Kind kind = action.kind() == Kind.F ? Kind.F : Kind.I;
        return ready(at) ? Optional.empty() : Optional.of(new Action(action.stage(), kind, action.microBatch()));
    }

    /** The next action if its input is here, and that of the action it is fused with; it counts as started. */
    public Optional<Action> next() {
        return Optional.ofNullable(poll());
    }

    /** As {@link #next} without an object. */
    @Nullable
    Action poll() {
        if (position == inputs.length || !ready(position) || (fused.get(position) && !ready(position + 1))) {
            return null;
        }
        Action action = actions.get(position);
        position++;
        return action;
    }

    private boolean ready(int at) {
        return inputs[at] == NO_INPUT || current.get(inputs[at]);
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
