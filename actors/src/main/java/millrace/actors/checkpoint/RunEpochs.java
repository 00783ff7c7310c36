package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import millrace.nn.io.InWords;

/**
 * The run epochs of a run folder: each (re)start claims the next number by making a file that nobody else can make. A
 * trainer that was cut off and knows nothing of its successor finds the successor's file before it saves, and gives up:
 * the last line of defence, behind the cluster's own, against two sides that train the same run.
 *
 * <p>The file says which process has made it, so that what it wrote can be removed once it is gone.
 */
public final class RunEpochs {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Path folder;

    public RunEpochs(Path runFolder) {
        this.folder = runFolder.resolve("epochs");
    }

    /** Claims the next run epoch, the first being 1. */
    public long claim() {
        return claim(0);
    }

    /**
     * Claims the next run epoch.
     *
     * @param after it is above this one too: what the workers of the run have seen, of whatever run
     * @throws IllegalArgumentException when the folder cannot be written
     */
    public long claim(long after) {
        try {
            Files.createDirectories(folder);
            while (true) {
                long next = Math.max(newest(), after) + 1;
                try {
                    Files.writeString(
                            folder.resolve(String.valueOf(next)),
                            Claimant.here().text(),
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.WRITE);
                    return next;
                } catch (FileAlreadyExistsException _) {
                    // somebody else was faster: the next one
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    folder + ": " + InWords.reason(e)
                            + " (expected: a folder that can be written); check the disk and its permissions",
                    e);
        }
    }

    /**
     * @throws IllegalStateException when the run has been started again since
     * @throws IllegalArgumentException when the folder cannot be read
     */
    public void requireNewest(long epoch) {
        long newest;
        try {
            newest = newest();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    folder + ": " + InWords.reason(e)
                            + " (expected: a folder that can be read); check the disk and its permissions",
                    e);
        }
        if (newest != epoch) {
            throw new IllegalStateException("run epoch: " + epoch + " (expected: " + newest
                    + ", the newest); another trainer goes on with this run");
        }
    }

    /**
     * Whether this machine sees that a run epoch was claimed, as it does where all nodes share the run's folder; may block.
     *
     * @param patience how long to wait for it: a network's file system may show a new file a moment later
     */
    public boolean sees(long epoch, Duration patience) {
        Path claim = folder.resolve(String.valueOf(epoch));
        long until = System.nanoTime() + patience.toNanos();
        while (!Files.exists(claim)) {
            if (System.nanoTime() - until >= 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        return true;
    }

    /** Whether the process that has claimed the newest run epoch still runs. */
    Claimant.State newestClaimant() throws IOException {
        long newest = newest();
        return newest == 0
                ? Claimant.State.UNKNOWN
                : Claimant.parse(Files.readString(folder.resolve(String.valueOf(newest))))
                        .map(Claimant::state)
                        .orElse(Claimant.State.UNKNOWN);
    }

    private long newest() throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> claims = Files.list(folder)) {
            return claims.map(claim -> claim.getFileName().toString())
                    .filter(name -> name.matches("\\d{1,18}"))
                    .mapToLong(Long::parseLong)
                    .max()
                    .orElse(0);
        }
    }
}
