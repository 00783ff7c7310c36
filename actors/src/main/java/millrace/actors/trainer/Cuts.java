package millrace.actors.trainer;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.plan.CourseState;
import millrace.actors.rank.actor.RankProtocol.Cut;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of a run whose stages write their own files: at most one is under way. It is complete when every rank
 * has written its part and the course has come to its step. No clock and no thread of its own.
 */
final class Cuts {
    private final Checkpointing checkpointing;
    private final int ranks;
    private final Map<Integer, List<FileEntry>> written = new TreeMap<>();
    private @Nullable Pending pending;
    private @Nullable CourseState progress;
    private boolean committing;
    private long lastBegun;
    private long saved = -1;
    private boolean savedAsBest;

    private record Pending(long step, Path folder, Map<String, Double> metrics, boolean best) {}

    /** A checkpoint to be made on a thread that may block. */
    interface Commit {
        void run();
    }

    /**
     * @param now in nanoseconds
     */
    Cuts(Checkpointing checkpointing, int ranks, long now) {
        this.checkpointing = checkpointing;
        this.ranks = ranks;
        this.lastBegun = now;
    }

    /** Whether it is time for another. */
    boolean due(long now) {
        return pending == null && now - lastBegun >= checkpointing.interval().toNanos();
    }

    /** Whether one is under way. */
    boolean underWay() {
        return pending != null;
    }

    /** Whether the state after a step is safe, and found as the best where it has to be. */
    boolean isSaved(long step, boolean best) {
        return saved == step && (savedAsBest || !best);
    }

    /** Begins a cut; every rank has to be told. */
    Cut begin(long step, Map<String, Double> metrics, boolean best, long now) {
        Path folder = checkpointing.store().pending(step);
        pending = new Pending(step, folder, metrics, best);
        lastBegun = now;
        return new Cut(step, folder.toString());
    }

    /** The course has come to a step. */
    void reached(long step, CourseState known) {
        if (pending != null && pending.step() == step) {
            progress = known;
        }
    }

    /** A rank has written its part. */
    void written(int rank, long step, List<FileEntry> files) {
        if (pending != null && pending.step() == step) {
            written.put(rank, files);
        }
    }

    /** What makes the checkpoint, once, when all of it is there. */
    Optional<Commit> complete() {
        Pending cut = pending;
        CourseState known = progress;
        if (cut == null || known == null || committing || written.size() < ranks) {
            return Optional.empty();
        }
        committing = true;
        List<FileEntry> files = written.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparing(FileEntry::name))
                .toList();
        return Optional.of(
                () -> checkpointing.commit(cut.folder(), cut.step(), files, cut.metrics(), known, cut.best()));
    }

    /** It has been made. */
    void committed() {
        if (pending != null) {
            saved = pending.step();
            savedAsBest = pending.best();
        }
        pending = null;
        progress = null;
        committing = false;
        written.clear();
    }
}
