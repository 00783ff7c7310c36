package millrace.actors.trace;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline.Weights;
import org.jspecify.annotations.Nullable;

/** One rank's recorded steps; times are the JVM's nanoseconds. Filled by the rank's actor, read after it has drained. */
public final class RankTrace {
    /**
     * An action from start to end.
     *
     * @param weights that it used; null where they are always the newest
     */
    public record Work(long step, Action action, @Nullable Weights weights, long start, long end) {}

    /** An optimizer step of all the rank's stages. */
    public record OptimizerStep(long step, long start, long end) {}

    /** When a message left its sender, or was taken by its receiver, by what it releases. */
    public record Passage(long step, Action releases, long at) {}

    private final TraceWindow window;
    private final List<Work> work = new ArrayList<>();
    private final List<OptimizerStep> optimizerSteps = new ArrayList<>();
    private final List<Passage> sent = new ArrayList<>();
    private final List<Passage> received = new ArrayList<>();
    private long busyNanos;

    public RankTrace(TraceWindow window) {
        this.window = window;
    }

    /**
     * The rank has done an action.
     *
     * @param weights that it used; null where they are always the newest
     */
    public void computed(long step, Action action, @Nullable Weights weights, long start, long end) {
        busy(start, end);
        if (window.contains(step)) {
            work.add(new Work(step, action, weights, start, end));
        }
    }

    /** The rank's stages have stepped their optimizers. */
    public void stepped(long step, long start, long end) {
        busy(start, end);
        if (window.contains(step)) {
            optimizerSteps.add(new OptimizerStep(step, start, end));
        }
    }

    /** The rank was at work between two actions: it exchanged gradients, or measured them. */
    public void busy(long start, long end) {
        busyNanos += end - start;
    }

    public void sent(long step, Action releases, long at) {
        if (window.contains(step)) {
            sent.add(new Passage(step, releases, at));
        }
    }

    public void received(long step, Action releases, long at) {
        if (window.contains(step)) {
            received.add(new Passage(step, releases, at));
        }
    }

    /** Time of all actions, exchanges and optimizer steps, recorded or not. */
    public long busyNanos() {
        return busyNanos;
    }

    public List<Work> work() {
        return work;
    }

    public List<OptimizerStep> optimizerSteps() {
        return optimizerSteps;
    }

    public List<Passage> sent() {
        return sent;
    }

    public List<Passage> received() {
        return received;
    }
}
