package millrace.actors.checkpoint;

import static millrace.actors.checkpoint.Snapshots.assertHolds;
import static millrace.actors.checkpoint.Snapshots.names;
import static millrace.actors.checkpoint.Snapshots.tree;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import millrace.actors.plan.Snapshot;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Saves that fail leave everything as it was, and saves that were killed leave nothing that disturbs. */
class CheckpointFailureTest {
    private static final String UUID = "01234567-89ab-cdef-0123-456789abcdef";

    @TempDir
    Path run;

    private Path checkpoints = Path.of("");

    @BeforeEach
    void saveOne() {
        save(1, 1);
        checkpoints = run.resolve("checkpoints");
    }

    private Path save(long step, long seed) {
        return new CheckpointStore(run, 2).save(Snapshots.of(step, seed), "", Map.of(), true);
    }

    @Test
    void folderMayNotBeWritten() throws IOException {
        assumeTrue(checkpoints.toFile().setWritable(false));
        try {
            assumeFalse(Files.isWritable(checkpoints), "root writes everywhere");
            assertUntouchedAfter(2, "permission denied");
        } finally {
            assertThat(checkpoints.toFile().setWritable(true)).isTrue();
        }
    }

    @Test
    void aFileInThePlaceOfTheFolder() throws IOException {
        Path file = Files.createFile(run.resolve("file"));
        assertThatThrownBy(() -> new CheckpointStore(file, 1).save(Snapshots.of(1, 1), "", Map.of(), true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file.resolve("checkpoints/step-00000001") + ": not saved, ")
                .hasMessageNotContaining("Exception")
                .hasMessageEndingWith(" (expected: a writable disk with room); check the disk and its permissions");
        assertThat(file).isEmptyFile();
    }

    @Test
    void aFolderInThePlaceOfALink() throws IOException {
        Files.delete(checkpoints.resolve("best"));
        Path folder = Files.createDirectories(checkpoints.resolve("best").resolve("precious"));
        assertUntouchedAfter(2, folder.getParent() + ": a file or folder (expected: a symbolic link); move it away");
    }

    @Test
    void failureInTheMiddle() throws IOException {
        Map<String, String> before = tree(run);
        Tensor gone;
        try (Arena arena = Arena.ofConfined()) {
            gone = Tensor.of(arena, Shape.of(1), 3);
        }
        Snapshot good = Snapshots.of(1, 2);
        Snapshot bad = new Snapshot(1, good.weights(), List.of(new NamedTensor("0.weight.exp_avg", gone)));
        CheckpointStore store = new CheckpointStore(run, 1);
        assertThatThrownBy(() -> store.save(bad, "", Map.of(), true)).isInstanceOf(IllegalStateException.class);
        assertThat(tree(run)).isEqualTo(before);
    }

    @Test
    void interruptedThread() throws IOException {
        Map<String, String> before = tree(run);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> save(2, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(": not saved, interrupted (expected: ");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(tree(run)).isEqualTo(before);
    }

    /** Killed while it wrote: what it left is passed over by loading and removed by the next save. */
    @Test
    void killedWhileWriting() throws IOException {
        Path half = Files.createDirectory(checkpoints.resolve(".step-00000002." + UUID + ".tmp"));
        Files.writeString(half.resolve("model.safetensors"), "half");
        Files.createSymbolicLink(checkpoints.resolve(".last." + UUID + ".tmp"), Path.of("step-00000002"));
        Files.createFile(checkpoints.resolve(".nfs0001"));
        assertThat(CheckpointStore.load(run).step()).isEqualTo(1);

        save(2, 1);
        assertThat(names(checkpoints)).containsExactly(".nfs0001", "best", "last", "step-00000001", "step-00000002");
    }

    /** Killed between rename and links, at the first checkpoint: there is no link, but a checkpoint. */
    @Test
    void killedBeforeTheLinks() throws IOException {
        Files.delete(checkpoints.resolve("last"));
        Files.delete(checkpoints.resolve("best"));
        assertThat(CheckpointStore.load(run).step()).isEqualTo(1);
    }

    /** Killed between the two renames of a step that is saved again: the links lead to nothing just then. */
    @Test
    void killedWhileReplacing() throws IOException {
        Path step = checkpoints.resolve("step-00000001");
        Path aside = Files.move(step, checkpoints.resolve(".step-00000001." + UUID + ".old"));
        for (Path path : List.of(run, checkpoints.resolve("last"), checkpoints.resolve("best"), step)) {
            Checkpoint found = CheckpointStore.load(path);
            assertHolds(found, Snapshots.of(1, 1));
            assertThat(found.path().getFileName()).isEqualTo(aside.getFileName());
        }

        save(2, 1);
        assertThat(names(checkpoints)).containsExactly("best", "last", "step-00000001", "step-00000002");
        assertHolds(CheckpointStore.load(step), Snapshots.of(1, 1));
    }

    /** Killed after both renames: the older one is of no use any more. */
    @Test
    void killedAfterReplacing() throws IOException {
        Path aside = checkpoints.resolve(".step-00000001." + UUID + ".old");
        Files.move(checkpoints.resolve("step-00000001"), aside);
        Path other = Files.createDirectory(checkpoints.resolve("step-00000001"));
        assertThat(names(other)).isEmpty();
        save(2, 1);
        assertThat(aside).doesNotExist();
    }

    private void assertUntouchedAfter(long step, String message) throws IOException {
        Map<String, String> before = tree(run);
        assertThatThrownBy(() -> save(step, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .message()
                .hasLineCount(1);
        assertThat(tree(run)).isEqualTo(before);
    }
}
