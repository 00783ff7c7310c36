package millrace.actors.trace;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import millrace.actors.trace.FlightRecord.Doing;
import millrace.actors.trace.FlightRecord.Levels;
import millrace.actors.trace.FlightRecord.Passage;
import millrace.actors.trace.FlightRecord.Span;
import millrace.actors.trace.FlightRecord.Totals;
import millrace.actors.trace.FlightRecord.Traffic;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline.Weights;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a rank has just done, for whoever watches it while it works; the name is PyTorch's for the same thing. Sums are always counted.
 * Single actions and messages are kept only while somebody looks now and then, and the oldest are forgotten: nobody who watches
 * slowly can slow the rank. Filled by the rank's actor, read by any thread.
 */
public final class FlightRecorder {
    /** Spans that are kept at most. */
    public static final int MOST_SPANS = 2048;

    private static final int MOST_PASSAGES = 2 * MOST_SPANS;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(3);
    private static final long LEVELS_WHEN_WATCHED = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LEVELS_OTHERWISE = TimeUnit.SECONDS.toNanos(1);

    private final String run;
    private final int rank;
    private final long runEpoch;
    private final long begin = System.nanoTime();
    private final Deque<Span> spans = new ArrayDeque<>();
    private final Deque<Passage> passages = new ArrayDeque<>();
    private final NavigableMap<Integer, Traffic> sent = new TreeMap<>();
    private volatile boolean watched;
    // the last time that somebody looked; begins long ago
    private long lookedAt = begin - 2 * PATIENCE;
    private long steps;
    private long busyNanos;
    private long lastEnd = begin;
    private Levels levels = Levels.NONE;
    // of the rank's thread alone
    private long levelsDue = begin;

    /**
     * @param run that the rank is one of; as its order calls it
     * @param runEpoch of the line that it belongs to
     */
    public FlightRecorder(String run, int rank, long runEpoch) {
        this.run = run;
        this.rank = rank;
        this.runEpoch = runEpoch;
    }

    /** Whether somebody watches, so that single actions and messages are kept. */
    public boolean isWatched() {
        return watched;
    }

    /**
     * The rank was at work.
     *
     * @param action that it did; null where it did something else
     * @param weights that it used; null where they are always the newest
     * @param held bytes that it holds for backwards after it
     */
    synchronized void worked(
            Doing doing,
            long step,
            @Nullable Action action,
            @Nullable Weights weights,
            long start,
            long end,
            long held) {
        busyNanos += end - start;
        lastEnd = end;
        watched = end - lookedAt < PATIENCE;
        if (watched) {
            add(spans, new Span(doing, step, action, weights, start, end, held), MOST_SPANS);
        } else {
            spans.clear();
            passages.clear();
        }
    }

    /** So many batches are done. */
    synchronized void made(long batches) {
        steps = batches;
    }

    /**
     * A message has left.
     *
     * @param bytes of its tensor; 0 where it has none
     * @param releases what its receiver may do then; null where it is none of the schedule's actions
     */
    synchronized void sent(int to, long bytes, long step, @Nullable Action releases, long at) {
        sent.merge(to, new Traffic(1, bytes), Traffic::plus);
        if (watched && releases != null) {
            add(passages, new Passage(true, step, releases, at), MOST_PASSAGES);
        }
    }

    /** A message has been taken. */
    synchronized void received(long step, Action releases, long at) {
        if (watched) {
            add(passages, new Passage(false, step, releases, at), MOST_PASSAGES);
        }
    }

    private static <T> void add(Deque<T> queue, T one, int most) {
        if (queue.size() == most) {
            queue.removeFirst();
        }
        queue.addLast(one);
    }

    /** Whether it is time to look how much the rank holds; asked by the rank's thread, after work. */
    public boolean wantsLevels(long now) {
        boolean wants = now - levelsDue >= 0;
        if (wants) {
            levelsDue = now + (watched ? LEVELS_WHEN_WATCHED : LEVELS_OTHERWISE);
        }
        return wants;
    }

    /** How much it holds now. */
    public synchronized void levels(Levels now) {
        levels = now;
    }

    /** The run that the rank is one of. */
    public String run() {
        return run;
    }

    /**
     * What is kept now; from now on more is, for a few seconds.
     *
     * @param since spans and messages that ended before are left out; of {@link System#nanoTime}
     */
    public synchronized FlightRecord look(long since) {
        long now = System.nanoTime();
        lookedAt = now;
        watched = true;
        return new FlightRecord(
                rank,
                runEpoch,
                spans.stream().filter(span -> span.end() - since >= 0).toList(),
                passages.stream().filter(passage -> passage.at() - since >= 0).toList(),
                totals(),
                levels);
    }

    /** What was counted, without a look at single actions. */
    public synchronized FlightRecord counted() {
        return new FlightRecord(rank, runEpoch, List.of(), List.of(), totals(), levels);
    }

    /** Up to the last end of work: what is at work now would be counted as waiting. */
    private Totals totals() {
        return new Totals(steps, busyNanos, lastEnd - begin, new TreeMap<>(sent));
    }
}
