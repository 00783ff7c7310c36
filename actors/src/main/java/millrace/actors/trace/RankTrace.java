package millrace.actors.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import millrace.actors.trace.FlightRecord.Doing;
import millrace.actors.trace.FlightRecord.Span;
import millrace.actors.trace.RankTimes.Part;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline.Weights;
import org.jspecify.annotations.Nullable;

/**
 * One rank's recorded steps; times are the JVM's nanoseconds. Filled by the rank's actor, read after it has drained. A {@link FlightRecorder}
 * is told of everything too.
 */
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
    private final FlightRecorder recorder;
    private final LongSupplier held;
    private final RankTimes times;
    private final List<Work> work = new ArrayList<>();
    private final List<OptimizerStep> optimizerSteps = new ArrayList<>();
    private final List<Passage> sent = new ArrayList<>();
    private final List<Passage> received = new ArrayList<>();
    private long busyNanos;

    /**
     * @param recorder keeps what the rank has just done
     * @param held bytes that the rank holds for backwards now
     */
    public RankTrace(TraceWindow window, FlightRecorder recorder, LongSupplier held) {
        this.window = window;
        this.recorder = recorder;
        this.held = held;
        this.times = new RankTimes(window);
    }

    /** Of a rank that nobody watches. */
    public RankTrace(TraceWindow window) {
        this(window, new FlightRecorder("", 0, 0), () -> 0);
    }

    /**
     * As a {@link FlightRecorder} has kept it.
     *
     * @param window of which only actions and messages are taken
     */
    public static RankTrace of(TraceWindow window, List<Span> spans, List<FlightRecord.Passage> passages) {
        RankTrace trace = new RankTrace(window);
        for (Span span : spans) {
            Action action = span.action();
            if (action != null) {
                trace.computed(span.step(), action, span.weights(), span.start(), span.end(), 0);
            } else if (span.doing() == Doing.STEP) {
                trace.stepped(span.step(), span.start(), span.end(), 0);
            }
        }
        for (FlightRecord.Passage passage : passages) {
            if (passage.sent()) {
                trace.sent(passage.step(), passage.releases(), passage.at());
            } else {
                trace.received(passage.step(), passage.releases(), passage.at());
            }
        }
        return trace;
    }

    /**
     * The rank has done an action.
     *
     * @param weights that it used; null where they are always the newest
     * @param gradients nanoseconds of it in which gradients of weights were computed
     */
    public void computed(long step, Action action, @Nullable Weights weights, long start, long end, long gradients) {
        record(Doing.ACTION, step, action, weights, start, end);
        spend(
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
        record(Doing.STEP, step, null, null, start, end);
        spend(Part.STEP, start, end, gradients);
        if (window.records(step)) {
            optimizerSteps.add(new OptimizerStep(step, start, end));
        }
    }

    /** The rank was at work between two actions: it shared gradients or measured them, as in {@link #stepped}. */
    public void busy(Part part, long step, long start, long end, long gradients) {
        record(part == Part.EXCHANGE ? Doing.EXCHANGE : Doing.STEP, step, null, null, start, end);
        spend(part, start, end, gradients);
    }

    /**
     * The rank has done a chunk of an evaluation.
     *
     * @param beside whether it trains meanwhile: the shares of time are those of the training
     */
    public void evaluated(long evaluation, long start, long end, boolean beside) {
        record(Doing.EVALUATION, evaluation, null, null, start, end);
        if (beside) {
            spend(Part.FORWARD, start, end, 0);
        }
    }

    private void record(
            Doing doing, long step, @Nullable Action action, @Nullable Weights weights, long start, long end) {
        recorder.worked(doing, step, action, weights, start, end, recorder.isWatched() ? held.getAsLong() : 0);
    }

    private void spend(Part part, long start, long end, long gradients) {
        busyNanos += end - start;
        times.add(part, end - start - gradients);
        times.add(Part.BACKWARD_WEIGHT, gradients);
    }

    /** The JVM's nanoseconds, for what is recorded; 0 where nothing is, and the clock is not read. */
    public long clock() {
        return window.isOpen() || recorder.isWatched() ? System.nanoTime() : 0;
    }

    /** The rank took messages or sent them; times of {@link #clock}. */
    public void exchanged(long start, long end) {
        times.add(Part.EXCHANGE, end - start);
    }

    /** As {@link RankTimes#batchDone}. */
    public void batchDone(long batches, long at) {
        recorder.made(batches);
        times.batchDone(batches, at);
    }

    /**
     * A message leaves.
     *
     * @param bytes of its tensor
     * @param releases what its receiver may do then; null where it is none of the schedule's actions
     */
    public void sent(int to, long bytes, long step, @Nullable Action releases) {
        long at = releases == null ? 0 : clock();
        recorder.sent(to, bytes, step, releases, at);
        if (releases != null) {
            sent(step, releases, at);
        }
    }

    private void sent(long step, Action releases, long at) {
        if (window.records(step)) {
            sent.add(new Passage(step, releases, at));
        }
    }

    /** A message has come. */
    public void received(long step, Action releases) {
        long at = clock();
        recorder.received(step, releases, at);
        received(step, releases, at);
    }

    private void received(long step, Action releases, long at) {
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
