package millrace.actors.trainer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.SaveRetries;
import millrace.actors.course.Metrics;
import millrace.actors.course.Settled;
import millrace.actors.event.TrainingEvent.Noticed;
import millrace.actors.rank.actor.RankProtocol.Cut;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of a run whose stages write their own files: at most one is under way. It is complete when every rank
 * has written its part and the course has come to its step. One that fails is made again, later: when every rank has
 * answered, so that no late answer is taken for one to the next. No clock and no thread of its own.
 */
final class Cuts {
    private final Checkpointing checkpointing;
    private final int ranks;
    private final Map<Integer, List<FileEntry>> written = new TreeMap<>();
    private final Map<Integer, String> notWritten = new TreeMap<>();
    private final SaveRetries retries = new SaveRetries();
    private final CutPace pace;
    private @Nullable Pending pending;
    private @Nullable Settled state;
    private boolean committing;
    private boolean pausing;
    private boolean asked;
    private long saved = -1;
    private boolean savedAsBest;

    private record Pending(long step, Path folder) {}

    /**
     * A cut that has failed.
     *
     * @param notice what people should be told, if it is news
     * @param again how long until another is tried; empty when it is given up
     * @param discard removes what was written of it; may block
     */
    record Failed(Optional<Noticed> notice, Optional<Duration> again, Runnable discard) {}

    /**
     * @param now in nanoseconds
     */
    Cuts(Checkpointing checkpointing, int ranks, long now) {
        this.checkpointing = checkpointing;
        this.ranks = ranks;
        this.pace = new CutPace(checkpointing.pace(), now);
    }

    /** Whether it is time for another. */
    boolean due(long now) {
        return isReady() && (asked || retries.failing() || pace.isDue(now));
    }

    /** Somebody wants one as soon as it can be made. */
    void ask() {
        asked = true;
    }

    /** Whether another can be begun: none is under way, and the last has not just failed. */
    boolean isReady() {
        return pending == null && !pausing;
    }

    /** Whether the disk is waited for, beside what the ranks write. */
    boolean waitsForDisk() {
        return committing || pausing;
    }

    /** Whether the state after a step is safe, and found as the best where it has to be. */
    boolean isSaved(long step, boolean best) {
        return saved == step && (savedAsBest || !best);
    }

    /** Begins a cut; every rank has to be told. */
    Cut begin(long step, long now) {
        Path folder = checkpointing.target().pending(step);
        pending = new Pending(step, folder);
        pace.begun(now);
        asked = false;
        return new Cut(step, folder.toString());
    }

    /** A step of the line has ended. */
    void stepped(long now) {
        pace.stepped(now);
    }

    /** The line does something beside its steps, or waits: how long they take says nothing of cuts. */
    void disturbed() {
        pace.disturbed();
    }

    /** What the course knows after a step; where that is evaluated, after the evaluation. */
    void reached(Settled known) {
        if (pending != null && pending.step() == known.step() && state == null) {
            state = known;
        }
    }

    /** A rank has written its part. */
    void written(int rank, long step, List<FileEntry> files) {
        if (pending != null && pending.step() == step) {
            written.put(rank, files);
        }
    }

    /** A rank could not write its part. */
    void notWritten(int rank, long step, String reason) {
        if (pending != null && pending.step() == step) {
            notWritten.put(rank, reason);
        }
    }

    /** Why the cut cannot be completed, when every rank has answered. */
    Optional<String> failure() {
        return written.size() + notWritten.size() < ranks
                ? Optional.empty()
                : notWritten.values().stream().findFirst();
    }

    /** What makes the checkpoint, once, when all of it is there; may block. */
    Optional<Runnable> complete() {
        Pending cut = pending;
        Settled known = state;
        if (cut == null || known == null || committing || written.size() < ranks) {
            return Optional.empty();
        }
        committing = true;
        List<FileEntry> files = written.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparing(FileEntry::name))
                .toList();
        return Optional.of(() -> checkpointing.commit(
                cut.folder(), cut.step(), files, Metrics.of(known.evaluations()), known.progress(), known.improved()));
    }

    /** It has been made; what people should be told, if that is news. */
    Optional<Noticed> committed(long now) {
        pace.committed(now);
        if (state != null) {
            saved = state.step();
            savedAsBest = state.improved();
        }
        over();
        return retries.saved(saved);
    }

    /** It could not be made. */
    Failed failed(String reason) {
        Pending cut = Objects.requireNonNull(pending, "a cut is under way");
        pace.disturbed();
        over();
        Optional<Duration> wait = retries.failed();
        pausing = wait.isPresent();
        return new Failed(
                retries.notice(cut.step(), reason),
                wait,
                () -> checkpointing.target().discard(cut.folder()));
    }

    /** The wait after a failure is over. */
    void waited() {
        pausing = false;
    }

    private void over() {
        pending = null;
        state = null;
        committing = false;
        written.clear();
        notWritten.clear();
    }
}
