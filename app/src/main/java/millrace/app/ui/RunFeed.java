package millrace.app.ui;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a run has told so far, and tells now, for whoever reads the page: lines of JSON, numbered from 1. Readers come whenever they like and
 * read from where they are, so that a slow one costs nothing but what it has not read yet; where there are very many lines, those of
 * steps are thinned out, and what is missing shows in the numbers.
 */
public final class RunFeed {
    /** Lines that are kept at most, unless others than steps are more. */
    static final int MOST = 8_192;

    /**
     * A line.
     *
     * @param number of it, from 1, in the order in which lines were told
     * @param text JSON
     */
    public record Line(long number, String text) {}

    private record Kept(Line line, boolean step) {}

    private final String name;
    private final Map<String, String> settings;
    private volatile Runnable cancel;
    private volatile Runnable save;
    private final boolean cancellable;
    private final List<Kept> kept = new ArrayList<>();
    private volatile @Nullable LiveLine line;
    private long told;
    private boolean over;

    private RunFeed(String name, Map<String, String> settings, Runnable cancel, Runnable save, boolean cancellable) {
        this.save = save;
        this.name = name;
        this.settings = new TreeMap<>(settings);
        this.cancel = cancel;
        this.cancellable = cancellable;
    }

    /**
     * Of a run that goes on.
     *
     * @param settings all of them, by key
     * @param cancel asks the run to end
     * @param save asks it for a checkpoint
     */
    public static RunFeed live(String name, Map<String, String> settings, Runnable cancel, Runnable save) {
        return new RunFeed(name, settings, cancel, save, true);
    }

    /** Of a run that is over: its lines are all there is. */
    public static RunFeed finished(String name, Map<String, String> settings, List<String> lines) {
        RunFeed feed = new RunFeed(name, settings, () -> {}, () -> {}, false);
        lines.forEach(line -> feed.tell(line, line.startsWith("{\"event\":\"step\"")));
        feed.end();
        return feed;
    }

    /** The run's name. */
    public String name() {
        return name;
    }

    /** The run's settings, by key; none where they are not known. */
    public Map<String, String> settings() {
        return settings;
    }

    /** Whether it can be asked to end. */
    public synchronized boolean isCancellable() {
        return cancellable && !over;
    }

    /** From now on its ranks can be watched. */
    public void watch(LiveLine ranks) {
        line = ranks;
    }

    /** What its ranks do now; empty where they cannot be watched, or the run is over. */
    public Optional<LiveLine> line() {
        return isOver() ? Optional.empty() : Optional.ofNullable(line);
    }

    /** Asks the run to end; does not wait for it. */
    public void cancel() {
        cancel.run();
    }

    /** Asks the run for a checkpoint; does not wait for it. */
    public void save() {
        save.run();
    }

    /**
     * Something happened.
     *
     * @param step whether the line may go where there are too many
     */
    synchronized void tell(String line, boolean step) {
        kept.add(new Kept(new Line(++told, line), step));
        if (kept.size() > MOST) {
            thin();
        }
        notifyAll();
    }

    /** Every second step goes, but for the newest ones. */
    private void thin() {
        int newest = kept.size() - MOST / 8;
        boolean goes = false;
        List<Kept> left = new ArrayList<>();
        for (int i = 0; i < kept.size(); i++) {
            Kept one = kept.get(i);
            goes = one.step() ? !goes : goes;
            if (!one.step() || i >= newest || !goes) {
                left.add(one);
            }
        }
        kept.clear();
        kept.addAll(left);
    }

    /** There will be no more lines. What the run was made of is not kept for its curves. */
    synchronized void end() {
        over = true;
        line = null;
        cancel = () -> {};
        save = () -> {};
        notifyAll();
    }

    /** Whether the run has ended. */
    public synchronized boolean isOver() {
        return over;
    }

    /** Lines that were told; of which some may have been thinned out. */
    public synchronized long told() {
        return told;
    }

    /**
     * The lines after one of this number, so many at most.
     *
     * @param number of the last line that the reader has; 0 for none
     */
    public synchronized List<Line> after(long number, int most) {
        int low = 0;
        int high = kept.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (kept.get(middle).line().number() <= number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return kept.subList(low, Math.min(kept.size(), low + most)).stream()
                .map(Kept::line)
                .toList();
    }

    /**
     * The same; waits where there are none yet. Without any when the run is over, or nothing has come for so long.
     *
     * @throws InterruptedException when the thread is asked to end
     */
    List<Line> await(long number, int most, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        synchronized (this) {
            while (told <= number && !over) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    break;
                }
                wait(left);
            }
            return after(number, most);
        }
    }
}
