package millrace.actors.checkpoint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * How long it is from one checkpoint to the next, as what they cost becomes known: so long that they do not lengthen the training by more
 * than they may. The median of the last costs decides, since single ones are chance: a moment in which the machine was busy
 * otherwise, or code that has hardly run. For the same reason the time at most doubles at once.
 *
 * @see <a href="https://www.usenix.org/conference/fast21/presentation/mohan">Mohan, Phanishayee, Chidambaram: CheckFreq (FAST
 *     2021): the same bound on what checkpoints may cost, found while it trains</a>
 */
public final class CheckpointTimes {
    private static final int REMEMBERED = 5;

    private final CheckpointPace pace;
    private final Deque<Double> costs = new ArrayDeque<>();
    private long nanos;

    public CheckpointTimes(CheckpointPace pace) {
        this.pace = pace;
        this.nanos = pace.nanos(0);
    }

    /** From one to the next, in nanoseconds. */
    public long nanos() {
        return nanos;
    }

    /**
     * One has been made.
     *
     * @param cost by how much it has lengthened the training, in nanoseconds; what was measured, so it may be below 0
     */
    public void cost(double cost) {
        if (costs.size() == REMEMBERED) {
            costs.removeFirst();
        }
        costs.add(cost);
        nanos = Math.min(2 * nanos, pace.nanos(Math.max(0, usual())));
    }

    /** One was made of which only this is known, that it cost too much for so short a time. */
    public void tooSoon() {
        nanos = pace.overhead().isPresent() ? 2 * nanos : nanos;
    }

    /** The median, the lower one of two: between a dear checkpoint and more work that may be lost the checkpoint is chosen. */
    private double usual() {
        List<Double> sorted = new ArrayList<>(costs);
        sorted.sort(null);
        return sorted.get((sorted.size() - 1) / 2);
    }
}
