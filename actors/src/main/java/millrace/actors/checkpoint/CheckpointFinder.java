package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import millrace.nn.io.InWords;

/**
 * Finds the checkpoint that a path means. A link that leads to none of the run's own checkpoints is passed over, and
 * that is told: somebody has moved or copied the folder, or deleted what the link led to.
 */
final class CheckpointFinder {
    private final Path checkpoints;
    private final Consumer<String> notices;

    private CheckpointFinder(Path checkpoints, Consumer<String> notices) {
        this.checkpoints = checkpoints;
        this.notices = notices;
    }

    /**
     * @param preferred which links of a run folder to follow, the first that leads to a checkpoint
     * @param notices told why another checkpoint is used than the one that was meant
     */
    static Checkpoint load(Path path, List<String> preferred, Consumer<String> notices) {
        try {
            Optional<Path> linkOfRun = linkOfRun(path);
            if (linkOfRun.isPresent()) {
                return new CheckpointFinder(linkOfRun.get(), notices)
                        .load(List.of(path.getFileName().toString()));
            }
            // followed once and for all, so that a link that moves meanwhile cannot mix two checkpoints
            Path target =
                    present(Files.isSymbolicLink(path) ? path.resolveSibling(Files.readSymbolicLink(path)) : path);
            if (!Files.isDirectory(target)) {
                throw new IllegalArgumentException(path + ": " + (Files.exists(target) ? "a file" : "no such folder")
                        + " (expected: the folder of a checkpoint or of a run); check the path");
            }
            Path checkpoints = target.resolve(Layout.CHECKPOINTS);
            return Files.isDirectory(checkpoints)
                    ? new CheckpointFinder(checkpoints, notices).load(preferred)
                    : new CheckpointReader(target).read();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /** What {@link CheckpointStore#newestWhole} does. */
    static Optional<Checkpoint> newestWhole(Path runFolder, Consumer<String> damaged) {
        Path checkpoints = runFolder.resolve(Layout.CHECKPOINTS);
        try {
            if (linkOfRun(runFolder).isPresent() || !Files.isDirectory(checkpoints)) {
                return Optional.empty();
            }
            CheckpointFinder finder = new CheckpointFinder(checkpoints, damaged);
            Set<Path> candidates = new LinkedHashSet<>();
            finder.linked(Layout.LAST).ifPresent(candidates::add);
            candidates.addAll(Layout.steps(checkpoints));
            for (Path candidate : candidates) {
                try {
                    return Optional.of(new CheckpointReader(present(candidate)).read());
                } catch (IllegalArgumentException e) {
                    damaged.accept(DamagedCheckpoint.finding(e));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw unreadable(runFolder, e);
        }
    }

    private static IllegalArgumentException unreadable(Path path, IOException e) {
        return new IllegalArgumentException(
                path + ": " + InWords.reason(e)
                        + " (expected: a readable checkpoint); check the disk and its permissions",
                e);
    }

    /** The folder with checkpoints that a path is one of the two links of. */
    private static Optional<Path> linkOfRun(Path path) {
        Path name = path.getFileName();
        Path folder = Objects.requireNonNullElse(path.getParent(), Path.of("."));
        boolean is = name != null
                && List.of(Layout.LAST, Layout.BEST).contains(name.toString())
                && Files.isSymbolicLink(path)
                && folder.toAbsolutePath().normalize().endsWith(Layout.CHECKPOINTS);
        return is ? Optional.of(folder) : Optional.empty();
    }

    private Checkpoint load(List<String> preferred) throws IOException {
        for (String link : preferred) {
            Optional<Path> folder = linked(link);
            if (folder.isPresent()) {
                return new CheckpointReader(folder.get()).read();
            }
        }
        // a writer that was killed between its first checkpoint's rename and the links, or links that lead nowhere
        List<Path> steps = Layout.steps(checkpoints);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException(
                    checkpoints + ": empty (expected: a checkpoint); train first, or choose another run");
        }
        return newestOf(steps);
    }

    private Checkpoint newestOf(List<Path> steps) throws IOException {
        for (Path older : steps.subList(0, steps.size() - 1)) {
            try {
                return new CheckpointReader(older).read();
            } catch (IllegalArgumentException e) {
                notices.accept(DamagedCheckpoint.finding(e));
            }
        }
        return new CheckpointReader(steps.getLast()).read();
    }

    /** The checkpoint that a link of the run leads to; told when it leads to none. */
    private Optional<Path> linked(String link) throws IOException {
        Optional<Path> target = Layout.linked(checkpoints, link);
        if (target.isEmpty()) {
            return Optional.empty();
        }
        Path folder = present(target.get());
        Optional<Path> own = Files.isDirectory(folder) ? own(folder) : Optional.empty();
        if (own.isEmpty()) {
            notices.accept(checkpoints.resolve(link) + ": leads to "
                    + Files.readSymbolicLink(checkpoints.resolve(link)) + ", "
                    + (Files.isDirectory(folder) ? "which is no checkpoint of this run" : "where there is no folder")
                    + " (expected: a checkpoint in " + checkpoints + ")");
        }
        return own;
    }

    /** A folder by its name among the checkpoints, all links followed; empty when it is elsewhere. */
    private Optional<Path> own(Path folder) throws IOException {
        Path real = folder.toRealPath();
        return checkpoints.toRealPath().equals(real.getParent())
                ? Optional.of(checkpoints.resolve(real.getFileName()))
                : Optional.empty();
    }

    /** The folder itself, or where it was put aside by a writer that was killed while replacing it. */
    private static Path present(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (Files.exists(folder) || parent == null || !Files.isDirectory(parent)) {
            return folder;
        }
        return Layout.leftovers(parent, Layout.ASIDE).stream()
                .filter(aside -> Layout.visible(aside).getFileName().equals(folder.getFileName()))
                .findFirst()
                .orElse(folder);
    }
}
