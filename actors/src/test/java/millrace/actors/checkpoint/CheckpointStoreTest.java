package millrace.actors.checkpoint;

import static millrace.actors.checkpoint.Snapshots.assertHolds;
import static millrace.actors.checkpoint.Snapshots.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import millrace.actors.plan.Snapshot;
import millrace.nn.io.Safetensors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
    private static final Map<String, Double> NO_METRICS = Map.of();

    @TempDir
    Path folder;

    private Path run = Path.of("");
    private Path checkpoints = Path.of("");

    @BeforeEach
    void setPaths() {
        run = folder.resolve("runs").resolve("a");
        checkpoints = run.resolve("checkpoints");
    }

    @Test
    void thereAndBackBitForBit() {
        Snapshot snapshot = Snapshots.of(938, 1);
        Map<String, Double> metrics = Map.of("test_accuracy", 0.97, "loss", Double.NaN);
        Path saved = new CheckpointStore(run, 3).save(snapshot, "batch = 64\nname = \"größe\"\n", metrics, true);
        assertThat(saved).isEqualTo(checkpoints.resolve("step-00000938"));

        Checkpoint checkpoint = CheckpointStore.load(saved);
        assertHolds(checkpoint, snapshot);
        assertThat(checkpoint.path()).isEqualTo(saved);
        assertThat(checkpoint.configuration()).isEqualTo("batch = 64\nname = \"größe\"\n");
        assertThat(checkpoint.metrics()).isEqualTo(metrics);
        assertThat(checkpoint.start().step()).isEqualTo(938);
        assertThat(checkpoint.start().tensors()).isEqualTo(checkpoint.tensors());
    }

    @Test
    void files() throws IOException {
        Path saved = new CheckpointStore(run, 3).save(Snapshots.of(938, 1), "", NO_METRICS, false);
        assertThat(names(saved)).containsExactly("manifest.textproto", "model.safetensors", "optimizer.safetensors");
        assertThat(names(checkpoints)).containsExactly("last", "step-00000938");
        assertThat(Safetensors.read(saved.resolve("model.safetensors"))
                        .tensors()
                        .sequencedKeySet())
                .containsExactly("0.weight", "0.bias", "2.weight", "2.bias");
        assertThat(saved.resolve("manifest.textproto"))
                .content()
                .startsWith("format: 1\nstep: 938\nweights_sha256: \""
                        + Snapshots.of(938, 1).weightsSha256() + "\"\n");
    }

    @Test
    void equalInputGivesEqualFiles() throws IOException {
        Snapshot snapshot = Snapshots.of(5, 1);
        Map<String, Double> metrics = Map.of("a", 1.0, "b", 2.0, "c", 3.0);
        Path one = new CheckpointStore(run, 1).save(snapshot, "x = 1", metrics, true);
        Path other = new CheckpointStore(folder.resolve("other"), 1).save(snapshot, "x = 1", metrics, true);
        assertThat(Snapshots.tree(one)).isEqualTo(Snapshots.tree(other));
    }

    @Test
    void optimizerWithoutBuffers() {
        Snapshot snapshot = new Snapshot(7, Snapshots.of(7, 1).weights(), List.of());
        assertHolds(CheckpointStore.load(new CheckpointStore(run, 1).save(snapshot, "", NO_METRICS, false)), snapshot);
    }

    @Test
    void theSameStepAgain() throws IOException {
        CheckpointStore store = new CheckpointStore(run, 3);
        store.save(Snapshots.of(10, 1), "old", Map.of("old", 1.0), true);
        Path saved = store.save(Snapshots.of(10, 2), "new", NO_METRICS, false);
        Checkpoint checkpoint = CheckpointStore.load(saved);
        assertHolds(checkpoint, Snapshots.of(10, 2));
        assertThat(checkpoint.configuration()).isEqualTo("new");
        assertThat(names(checkpoints)).containsExactly("best", "last", "step-00000010");
    }

    @Test
    void linksAreRelative() throws IOException {
        CheckpointStore store = new CheckpointStore(run, 9);
        store.save(Snapshots.of(1, 1), "", NO_METRICS, true);
        store.save(Snapshots.of(2, 1), "", NO_METRICS, true);
        store.save(Snapshots.of(3, 1), "", NO_METRICS, false);
        assertThat(Files.readSymbolicLink(checkpoints.resolve("best"))).isEqualTo(Path.of("step-00000002"));
        assertThat(Files.readSymbolicLink(checkpoints.resolve("last"))).isEqualTo(Path.of("step-00000003"));

        Path moved = Files.move(run, folder.resolve("moved")).resolve("checkpoints");
        assertThat(CheckpointStore.load(moved.resolve("best")).step()).isEqualTo(2);
        assertThat(CheckpointStore.load(moved.resolve("last")).path()).isEqualTo(moved.resolve("step-00000003"));
    }

    @Test
    void keepsTheNewestAndWhatIsLinked() throws IOException {
        CheckpointStore store = new CheckpointStore(run, 2);
        for (long step = 1; step <= 6; step++) {
            store.save(Snapshots.of(step, 1), "", NO_METRICS, step == 3);
        }
        assertThat(names(checkpoints))
                .containsExactly("best", "last", "step-00000003", "step-00000005", "step-00000006");
        store.save(Snapshots.of(7, 1), "", NO_METRICS, true);
        assertThat(names(checkpoints)).containsExactly("best", "last", "step-00000006", "step-00000007");
    }

    /** A run that begins anew, or from an earlier checkpoint, must not lose what it saves to older files. */
    @Test
    void laterStepsOfAnEarlierRunStay() throws IOException {
        new CheckpointStore(run, 3).save(Snapshots.of(500, 1), "", NO_METRICS, false);
        CheckpointStore store = new CheckpointStore(run, 1);
        store.save(Snapshots.of(1, 2), "", NO_METRICS, false);
        store.save(Snapshots.of(2, 2), "", NO_METRICS, false);
        assertThat(names(checkpoints)).containsExactly("last", "step-00000002", "step-00000500");
        assertThat(CheckpointStore.load(run).step()).isEqualTo(2);
    }

    @Test
    void aRunFolderMeansItsBestThenItsLast() throws IOException {
        CheckpointStore store = new CheckpointStore(run, 9);
        store.save(Snapshots.of(1, 1), "", NO_METRICS, false);
        store.save(Snapshots.of(2, 1), "", NO_METRICS, false);
        assertThat(CheckpointStore.load(run).step()).isEqualTo(2);
        store.save(Snapshots.of(3, 1), "", NO_METRICS, true);
        store.save(Snapshots.of(4, 1), "", NO_METRICS, false);
        assertThat(CheckpointStore.load(run).step()).isEqualTo(3);
        assertThat(CheckpointStore.loadLast(run).step()).isEqualTo(4);
        Path link = Files.createSymbolicLink(folder.resolve("current"), run);
        assertThat(CheckpointStore.load(link).step()).isEqualTo(3);
        Disk.delete(checkpoints.resolve("step-00000003"));
        assertThat(CheckpointStore.load(run).step()).isEqualTo(4);
    }

    @Test
    void stepsOfMoreDigits() throws IOException {
        CheckpointStore store = new CheckpointStore(run, 1);
        store.save(Snapshots.of(99_999_999, 1), "", NO_METRICS, false);
        store.save(Snapshots.of(100_000_000, 1), "", NO_METRICS, false);
        assertThat(names(checkpoints)).containsExactly("last", "step-100000000");
    }

    @Test
    void nothingToKeep() {
        assertThatThrownBy(() -> new CheckpointStore(run, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("checkpoints to keep: 0 (expected: 1 or more)");
    }
}
