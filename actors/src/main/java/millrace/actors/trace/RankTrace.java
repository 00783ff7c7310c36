package millrace.actors.trace;

import java.util.ArrayList;
import java.util.List;
import millrace.actors.trace.RankTimes.Part;
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
    private final RankTimes times;
    private final List<Work> work = new ArrayList<>();
    private final List<OptimizerStep> optimizerSteps = new ArrayList<>();
    private final List<Passage> sent = new ArrayList<>();
    private final List<Passage> received = new ArrayList<>();
    private long busyNanos;

    public RankTrace(TraceWindow window) {
        this.window = window;
        this.times = new RankTimes(window);
    }

    /**
     * The rank has done an action.
     *
     * @param weights that it used; null where they are always the newest
     * @param gradients nanoseconds of it in which gradients of weights were computed
     */
    public void computed(long step, Action action, @Nullable Weights weights, long start, long end, long gradients) {
        busy(
                switch (action.kind()) {
                    case F -> Part.FORWARD;
                    case B, I, R -> Part.BACKWARD_INPUT;
                    case W -> Part.BACKWARD_WEIGHT;
                },
                start,
                end,
                gradients);
        if (window.records(step)) {
            work.add(new Work(step, action, weights, start, end));
        }
    }

    /** The rank's stages have stepped their optimizers, as in {@link #computed} with gradients that were put off till then. */
    public void stepped(long step, long start, long end, long gradients) {
        busy(Part.STEP, start, end, gradients);
        if (window.records(step)) {
            optimizerSteps.add(new OptimizerStep(step, start, end));
        }
    }

    /** The rank was at work between two actions: it shared gradients or measured them, as in {@link #stepped}. */
    public void busy(Part part, long start, long end, long gradients) {
        busyNanos += end - start;
        times.add(part, end - start - gradients);
        times.add(Part.BACKWARD_WEIGHT, gradients);
    }

    /** The JVM's nanoseconds, for what is recorded; 0 where nothing is, and the clock is not read. */
    public long clock() {
        return window.isOpen() ? System.nanoTime() : 0;
    }

    /** The rank took messages or sent them; times of {@link #clock}. */
    public void exchanged(long start, long end) {
        times.add(Part.EXCHANGE, end - start);
    }

    /** As {@link RankTimes#batchDone}. */
    public void batchDone(long batches, long at) {
        times.batchDone(batches, at);
    }

    public void sent(long step, Action releases, long at) {
        if (window.records(step)) {
            sent.add(new Passage(step, releases, at));
        }
    }

    public void received(long step, Action releases, long at) {
        if (window.records(step)) {
            received.add(new Passage(step, releases, at));
        }
    }

    /** Time of all actions, exchanges and optimizer steps, recorded or not. */
    public long busyNanos() {
        return busyNanos;
    }

    /** Where the time of the window's steps went. */
    public RankTimes times() {
        return times;
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
