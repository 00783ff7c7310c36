package millrace.actors.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.ManifestCodec;
import millrace.nn.io.InWords;

/**
 * What one node has of the checkpoints of a run whose nodes share no folder: the manifest of each, and of its files those
 * that this node has written or was given. Names come from other nodes, so nothing but names of checkpoints is taken.
 */
public final class KeptFolder {
    /** The manifest's name in a checkpoint. */
    public static final String MANIFEST = Layout.MANIFEST;

    private static final Pattern STEP = Pattern.compile("step-\\d{8,18}");
    private static final Pattern DRAFT = Pattern.compile("\\.step-\\d{8,18}\\.[0-9a-f-]{36}\\.tmp");

    private final Path runFolder;
    private final Path checkpoints;

    /**
     * @param runFolder of the run on this node; made when something is put there
     */
    public KeptFolder(Path runFolder) {
        this.runFolder = runFolder.toAbsolutePath();
        this.checkpoints = this.runFolder.resolve(Layout.CHECKPOINTS);
    }

    /** The run's folder on this node. */
    public Path runFolder() {
        return runFolder;
    }

    /** A new name under which all nodes write the files of one checkpoint before it is one. */
    public static String draftOf(long step) {
        return Layout.hidden(Path.of(Layout.step(step)), Layout.TEMPORARY)
                .getFileName()
                .toString();
    }

    /**
     * Where the files of a checkpoint are written here before it is one.
     *
     * @throws IllegalArgumentException on a name that {@link #draftOf} has not made
     */
    public Path draft(String name) {
        if (!DRAFT.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "draft: " + name + " (expected: a name like ." + Layout.step(0) + ".UUID.tmp)");
        }
        return checkpoints.resolve(name);
    }

    /**
     * Where a checkpoint is.
     *
     * @throws IllegalArgumentException when it is no name of one
     */
    public Path checkpoint(String name) {
        if (!STEP.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "checkpoint: " + name + " (expected: a name like " + Layout.step(0) + ")");
        }
        return checkpoints.resolve(name);
    }

    /** The step that a checkpoint's name tells. */
    public static long step(String name) {
        return Layout.stepOf(name);
    }

    /**
     * The name that a checkpoint has by what its manifest says.
     *
     * @throws IllegalArgumentException when it has none
     */
    public static String nameOf(Path checkpoint) {
        return manifest(checkpoint.resolve(MANIFEST))
                .map(manifest -> Layout.step(manifest.step()))
                .orElseThrow(() -> new IllegalArgumentException(
                        checkpoint + ": no " + MANIFEST + " (expected: a complete checkpoint)"));
    }

    /** Names of the checkpoints that there is a manifest of, newest first. */
    public synchronized List<String> names() throws IOException {
        return Files.isDirectory(checkpoints)
                ? Layout.steps(checkpoints).stream()
                        .filter(folder -> Files.isRegularFile(folder.resolve(MANIFEST)))
                        .map(folder -> folder.getFileName().toString())
                        .toList()
                : List.of();
    }

    /**
     * Makes a checkpoint of what was written here under a draft's name, which may be nothing.
     *
     * @param best whether it is the best so far
     * @param keep how many stay besides the best
     * @return its folder
     * @throws IllegalArgumentException when it cannot be written
     */
    public synchronized Path commit(String draft, Manifest manifest, boolean best, int keep) {
        Path pending = draft(draft);
        try {
            Files.createDirectories(pending);
        } catch (IOException e) {
            throw notWritten(e);
        }
        return new CheckpointStore(runFolder, keep).commit(pending, manifest, best);
    }

    /**
     * Puts a checkpoint here that was gathered from other nodes, in the place of what there was of it.
     *
     * @param whole a folder with all of its files, on the same disk
     * @return its folder
     */
    public synchronized Path put(Path whole, String name) {
        Path target = checkpoint(name);
        try {
            Files.createDirectories(checkpoints);
            Disk.force(whole);
            Disk.putInPlace(whole, target);
            return target;
        } catch (IOException e) {
            throw notWritten(e);
        }
    }

    /** Lets {@code last}, or {@code best}, lead to a checkpoint here. */
    public synchronized void label(boolean best, String name) {
        try {
            Disk.link(checkpoints.resolve(best ? Layout.BEST : Layout.LAST), checkpoint(name));
        } catch (IOException e) {
            throw notWritten(e);
        }
    }

    /** What a checkpoint's manifest here says; empty when there is none, or it is damaged. */
    public static Optional<Manifest> manifest(Path file) {
        try {
            return Files.isRegularFile(file)
                    ? Optional.of(ManifestCodec.decode(Files.readAllBytes(file)))
                    : Optional.empty();
        } catch (IOException | UncheckedIOException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** Removes a file that nobody needs any more; one that cannot be removed stays. */
    public static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException _) {
            // the next one tries again
        }
    }

    private IllegalArgumentException notWritten(IOException e) {
        return new IllegalArgumentException(
                String.format(
                        Locale.ROOT,
                        "%s: not saved, %s (expected: a writable disk with room); check the disk and its permissions",
                        checkpoints,
                        InWords.reason(e)),
                e);
    }
}
