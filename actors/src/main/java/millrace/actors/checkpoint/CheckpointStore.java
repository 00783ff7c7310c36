package millrace.actors.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.actors.wire.manifest.ManifestCodec;
import millrace.nn.io.InWords;

/**
 * The checkpoints of one run: a folder for each step under {@code checkpoints/}, and the links {@code last} and
 * {@code best}.
 *
 * <p>A checkpoint is there whole or not at all. It is written under a hidden name, manifest last, each file and then
 * the folder forced to the disk, and gets its name by one rename; only then the links move, and older folders go. A
 * writer that is killed leaves hidden names, which the next save removes, or {@link Leftovers}. How that is done is the
 * business of the {@link ObjectStore}.
 *
 * <p>Of a run each stage writes its own two files into the hidden folder, and the trainer adds the manifest when all have
 * reported theirs.
 *
 * <p>One process at a time saves to a run folder; any number may load.
 */
public final class CheckpointStore {
    private final Path checkpoints;
    private final ObjectStore objects;
    private final int keep;

    /**
     * @param runFolder made at the first save if it is not there
     * @param keep how many step folders stay, the newest ones; those that {@code last} and {@code best} lead to stay
     *     besides
     * @throws IllegalArgumentException when none would stay
     */
    public CheckpointStore(Path runFolder, int keep) {
        this(runFolder, new FolderStore(runFolder.resolve(Layout.CHECKPOINTS)), keep);
    }

    /**
     * The same with another place for the checkpoints.
     *
     * @param runFolder that they belong to
     */
    CheckpointStore(Path runFolder, ObjectStore objects, int keep) {
        if (keep < 1) {
            throw new IllegalArgumentException("checkpoints to keep: " + keep + " (expected: 1 or more)");
        }
        this.checkpoints = runFolder.resolve(Layout.CHECKPOINTS);
        this.objects = objects;
        this.keep = keep;
    }

    /**
     * Saves a snapshot; a checkpoint of the same step is replaced. Step folders of later steps, which an earlier run in
     * this folder may have left, stay as they are.
     *
     * @param configuration the resolved configuration of the run, as HOCON
     * @param metrics figures to keep with it, for example {@code test_accuracy}
     * @param best whether {@code best} shall lead here too
     * @return the step folder
     * @throws IllegalArgumentException when it cannot be written; until the rename everything is as it was
     */
    public Path save(Snapshot snapshot, String configuration, Map<String, Double> metrics, boolean best) {
        return save(snapshot, configuration, SavedModel.UNKNOWN, metrics, best);
    }

    /** The same, with what it says of its network. */
    synchronized Path save(
            Snapshot snapshot, String configuration, SavedModel network, Map<String, Double> metrics, boolean best) {
        Path pending = pending(snapshot.step());
        try {
            List<FileEntry> files = Shards.write(pending, 0, 1, snapshot);
            return commit(
                    pending,
                    new Manifest(
                            Manifest.FORMAT,
                            snapshot.step(),
                            snapshot.weightsSha256(),
                            files,
                            configuration,
                            network.text(),
                            metrics,
                            snapshot.progress().figures(),
                            snapshot.progress().terms().values()),
                    best);
        } finally {
            discard(pending);
        }
    }

    /** Whether a checkpoint is one of this run folder. */
    boolean holds(Checkpoint checkpoint) {
        return checkpoint
                .path()
                .toAbsolutePath()
                .normalize()
                .startsWith(checkpoints.toAbsolutePath().normalize());
    }

    /** A hidden folder, not made yet, in which the stages of one cut write their files. */
    public Path pending(long step) {
        return objects.draft(Layout.step(step));
    }

    /**
     * Makes a checkpoint of what the stages have written.
     *
     * @param pending where they wrote
     * @param manifest all of it but what the store knows; its files are those that the stages reported
     * @param best whether {@code best} shall lead here too
     * @throws IllegalArgumentException when it cannot be written; until the rename everything is as it was
     */
    public synchronized Path commit(Path pending, Manifest manifest, boolean best) {
        String name = Layout.step(manifest.step());
        Path target = checkpoints.resolve(name);
        try {
            objects.tidy(pending);
            try {
                Disk.write(pending.resolve(Layout.MANIFEST), ManifestCodec.encode(manifest));
                objects.put(pending, name);
            } finally {
                discard(pending);
            }
            objects.point(Layout.LAST, name);
            if (best) {
                objects.point(Layout.BEST, name);
            }
            prune(name);
            return target;
        } catch (UncheckedIOException | IOException e) {
            throw new IllegalArgumentException(
                    target + ": not saved, " + InWords.reason(e)
                            + " (expected: a writable disk with room); check the disk and its permissions",
                    e);
        }
    }

    /**
     * Loads a checkpoint after checking all of it. Where {@code best} and {@code last} lead to no checkpoint of the run, it
     * is the newest that is whole.
     *
     * @param path a step folder; a link to one; or a run folder, for its best checkpoint, where there is none its last
     * @param notices told why another checkpoint is used than the one that was meant
     * @throws IllegalArgumentException when there is no checkpoint, or a file of it is missing or not as it was written
     */
    public static Checkpoint load(Path path, Consumer<String> notices) {
        return CheckpointFinder.load(path, List.of(Layout.BEST, Layout.LAST), notices);
    }

    /** As {@link #load(Path, Consumer)}, for who has nobody to tell. */
    public static Checkpoint load(Path path) {
        return load(path, _ -> {});
    }

    /** As {@link #load(Path, Consumer)}, but a run folder means its last checkpoint: the one that a run goes on from. */
    public static Checkpoint loadLast(Path path, Consumer<String> notices) {
        return CheckpointFinder.load(path, List.of(Layout.LAST, Layout.BEST), notices);
    }

    /** As {@link #loadLast(Path, Consumer)}, for who has nobody to tell. */
    public static Checkpoint loadLast(Path path) {
        return loadLast(path, _ -> {});
    }

    /**
     * What a run that is over came to.
     *
     * @param bestTaken whether it has taken back its best epoch
     */
    public static Checkpoint loadEnd(Path runFolder, boolean bestTaken) {
        return bestTaken ? load(runFolder) : loadLast(runFolder);
    }

    /**
     * The newest checkpoint of a run that is whole.
     *
     * @param damaged told of each one that is not, with the reason, and of a link {@code last} that leads to none
     * @return empty when there is none
     */
    public static Optional<Checkpoint> newestWhole(Path runFolder, Consumer<String> damaged) {
        return CheckpointFinder.newestWhole(runFolder, damaged);
    }

    /** The step of a run's newest checkpoint by its name, whole or not; -1 when there is none, or the folder cannot be read. */
    public static long newestStep(Path runFolder) {
        try {
            return Layout.steps(runFolder.resolve(Layout.CHECKPOINTS)).stream()
                    .findFirst()
                    .map(Layout::stepOf)
                    .orElse(-1L);
        } catch (IOException _) {
            return -1;
        }
    }

    /**
     * The checkpoint of the best epoch before another one of the same run.
     *
     * @return empty when there was none yet
     * @throws IllegalArgumentException when it is gone or damaged
     */
    public static Optional<Checkpoint> bestBefore(Checkpoint checkpoint) {
        long step = checkpoint.progress().bestStep();
        if (step == 0 || step == checkpoint.step()) {
            return step == 0 ? Optional.empty() : Optional.of(checkpoint);
        }
        Path folder = Layout.step(
                Objects.requireNonNull(checkpoint.path().toAbsolutePath().getParent()), step);
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(
                    folder + ": no such folder (expected: the checkpoint of the best epoch, whose weights the run"
                            + " takes back at its end); set -D training.restore-best=false, or begin with a later"
                            + " checkpoint");
        }
        return Optional.of(load(folder));
    }

    /** Deletes earlier checkpoints that are too many and that no label stands for. */
    private void prune(String saved) throws IOException {
        Set<String> labelled = new HashSet<>();
        for (String label : List.of(Layout.LAST, Layout.BEST)) {
            objects.pointed(label).ifPresent(labelled::add);
        }
        List<String> earlier = objects.list().stream()
                .filter(name -> Layout.stepOf(name) < Layout.stepOf(saved))
                .sorted(Comparator.comparingLong((String name) -> Layout.stepOf(name))
                        .reversed())
                .skip(keep - 1L)
                .filter(name -> !labelled.contains(name))
                .toList();
        for (String name : earlier) {
            objects.delete(name);
        }
    }

    /**
     * What a checkpoint says of itself, without its files.
     *
     * @param folder its step folder
     * @throws IllegalArgumentException when it cannot be read
     */
    public static Manifest manifest(Path folder) {
        try {
            return ManifestCodec.decode(Files.readAllBytes(folder.resolve(Layout.MANIFEST)));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    folder + ": " + InWords.reason(e)
                            + " (expected: a readable checkpoint); check the disk and its permissions",
                    e);
        }
    }

    /** Removes what was written of a checkpoint that will not be completed; what cannot be removed stays for the next. */
    public static void discard(Path pending) {
        try {
            Disk.delete(pending);
        } catch (IOException _) {
            // after a success it has another name, and after a failure the first error counts; the next save tries
            // again
        }
    }
}
