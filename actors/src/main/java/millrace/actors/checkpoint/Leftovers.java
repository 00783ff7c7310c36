package millrace.actors.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * Removes what writers have left unfinished that are gone, such as a process that was killed in the middle of a checkpoint.
 * What a writer that is alive still writes stays: the claim of the run epoch says which process it is. Of one that cannot
 * be asked, on another machine or in another container, only what nobody has touched for an hour goes.
 *
 * <p>Should it be wrong, a writer finds its folder gone and no checkpoint is damaged: the folder first gets another name,
 * at once, under which it is never finished. Nothing here fails: what cannot be removed stays.
 */
public final class Leftovers {
    private static final Duration UNTOUCHED = Duration.ofHours(1);

    private Leftovers() {}

    /** What is left in all runs of a folder. */
    public static void removeInAll(Path runs) {
        try (Stream<Path> folders = Files.list(runs)) {
            folders.forEach(Leftovers::remove);
        } catch (IOException | UncheckedIOException _) {
            // nothing can be seen, or is there
        }
    }

    /** What is left in the folder of one run. */
    public static void remove(Path runFolder) {
        try {
            List<Path> left = in(runFolder);
            if (left.isEmpty()) {
                return;
            }
            switch (new RunEpochs(runFolder).newestClaimant()) {
                case ALIVE -> {}
                case DEAD -> left.forEach(Leftovers::discard);
                case UNKNOWN -> {
                    Instant limit = Instant.now().minus(UNTOUCHED);
                    for (Path path : left) {
                        if (lastTouched(path).isBefore(limit)) {
                            discard(path);
                        }
                    }
                }
            }
        } catch (IOException | UncheckedIOException _) {
            // it stays
        }
    }

    /** All that is left in a run's folder, by who has just claimed its next run epoch: the others may not save any more. */
    public static void removeSucceeded(Path runFolder) {
        try {
            in(runFolder).forEach(Leftovers::discard);
        } catch (IOException | UncheckedIOException _) {
            // it stays
        }
    }

    /** Removes a hidden folder or link so that who still writes there cannot finish it. */
    static void discard(Path hidden) {
        try {
            Disk.deleteHidden(hidden);
        } catch (IOException _) {
            // the next writer tries again
        }
    }

    private static List<Path> in(Path runFolder) throws IOException {
        Path checkpoints = runFolder.resolve(Layout.CHECKPOINTS);
        return Files.isDirectory(checkpoints) ? Layout.leftovers(checkpoints, Layout.TEMPORARY) : List.of();
    }

    private static Instant lastTouched(Path path) throws IOException {
        Instant newest = touched(path);
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> files = Files.list(path)) {
                for (Path file : files.toList()) {
                    Instant at = touched(file);
                    newest = at.isAfter(newest) ? at : newest;
                }
            }
        }
        return newest;
    }

    private static Instant touched(Path path) throws IOException {
        return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant();
    }
}
