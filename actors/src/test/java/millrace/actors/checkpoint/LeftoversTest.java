package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What dead writers left goes, what living ones write stays. */
class LeftoversTest {
    @TempDir
    Path runs;

    private Path run = Path.of("");
    private Path half = Path.of("");

    @BeforeEach
    void saveOneAndAHalf() throws IOException {
        run = runs.resolve("run");
        CheckpointStore store = new CheckpointStore(run, 3);
        store.save(Snapshots.of(1, 1), "", Map.of(), true);
        half = store.pending(2);
        Shards.write(half, 0, 2, Snapshots.of(2, 1));
    }

    @Test
    void ofALivingWriterNothingGoes() {
        new RunEpochs(run).claim();
        age(Duration.ofDays(3));
        Leftovers.remove(run);
        Leftovers.removeInAll(runs);
        assertThat(half).isDirectory();
    }

    @Test
    void ofADeadWriterAllGoes() throws IOException {
        assumeFalse(Claimant.here().scope().isEmpty(), "nothing tells processes of machines apart");
        claimedBy(new Claimant(Claimant.here().scope(), ended(), 1).text());
        Leftovers.removeInAll(runs);
        assertThat(half).doesNotExist();
        assertThat(CheckpointStore.load(run).step()).isEqualTo(1);
    }

    /** A number that another process has by now. */
    @Test
    void ofADeadWriterWhoseNumberWasGivenAgain() throws IOException {
        Claimant here = Claimant.here();
        assumeFalse(here.scope().isEmpty() || here.startedMillis() == 0, "nothing tells when processes began");
        claimedBy(new Claimant(here.scope(), here.pid(), here.startedMillis() - 3_600_000).text());
        Leftovers.remove(run);
        assertThat(half).doesNotExist();
    }

    @Test
    void ofAWriterElsewhereOnlyWhatNobodyHasTouchedForLong() throws IOException {
        claimedBy(new Claimant("another-boot/pid:[1]", 1, 1).text());
        Leftovers.remove(run);
        assertThat(half).isDirectory();
        age(Duration.ofMinutes(59));
        Leftovers.remove(run);
        assertThat(half).isDirectory();
        age(Duration.ofMinutes(61));
        Leftovers.remove(run);
        assertThat(half).doesNotExist();
    }

    @Test
    void aFileThatGrowsIsTouched() throws IOException {
        claimedBy("");
        age(Duration.ofDays(1));
        Files.writeString(half.resolve("more"), "x");
        Files.setLastModifiedTime(half, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
        Leftovers.remove(run);
        assertThat(half).isDirectory();
    }

    @Test
    void whoClaimsTheRunRemovesWhatItsPredecessorsLeft() {
        new RunEpochs(run).claim();
        Checkpointing.begin(run, 3, "", CheckpointPace.every(Duration.ofSeconds(5)));
        assertThat(half).doesNotExist();
    }

    @Test
    void withoutRunsNothingHappens() {
        Leftovers.removeInAll(runs.resolve("none"));
        Leftovers.remove(runs.resolve("none"));
        Leftovers.removeSucceeded(runs.resolve("none"));
        assertThat(half).isDirectory();
    }

    @Test
    void claimantsAreReadAsTheyWereWritten() {
        assertThat(Claimant.parse(Claimant.here().text())).contains(Claimant.here());
        assertThat(Claimant.here().state())
                .isEqualTo(Claimant.here().scope().isEmpty() ? Claimant.State.UNKNOWN : Claimant.State.ALIVE);
        assertThat(Claimant.parse("")).isEmpty();
        assertThat(Claimant.parse("pid 12 star")).isEmpty();
    }

    private void claimedBy(String text) throws IOException {
        long epoch = new RunEpochs(run).claim();
        Files.writeString(run.resolve("epochs").resolve(String.valueOf(epoch)), text);
    }

    private void age(Duration by) {
        FileTime then = FileTime.from(Instant.now().minus(by));
        try {
            for (String name : Snapshots.names(half)) {
                Files.setLastModifiedTime(half.resolve(name), then);
            }
            Files.setLastModifiedTime(half, then);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The number of a process that is over. */
    private static long ended() throws IOException {
        Process process = new ProcessBuilder("true").start();
        process.onExit().join();
        return process.pid();
    }
}
