package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.RunTerms;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints whose parts are written by the stages of a line. */
class ShardedCheckpointTest {
    private static final CourseState PROGRESS = new CourseState(
            0.5,
            12.25,
            40,
            40,
            0.75,
            1,
            12,
            new millrace.nn.optimizer.Plateau.State(0.1, 0.7, 2, 3),
            new RunTerms(Map.of("batch", "8")));

    @TempDir
    Path run;

    private CheckpointStore store;
    private Checkpointing checkpointing;

    @BeforeEach
    void claim() {
        store = new CheckpointStore(run, 3);
        RunEpochs epochs = new RunEpochs(run);
        checkpointing = new Checkpointing(
                new Checkpointing.InFolder(store, epochs, epochs.claim()),
                "name = x",
                CheckpointPace.every(Duration.ofSeconds(1)));
    }

    /** The first layer's tensors by one stage, the second's by another. */
    private List<FileEntry> write(Path pending, Snapshot snapshot) {
        List<FileEntry> files = new ArrayList<>();
        for (int stage = 0; stage < 2; stage++) {
            String layer = stage == 0 ? "0." : "2.";
            Snapshot part = new Snapshot(
                    snapshot.step(),
                    snapshot.weights().stream()
                            .filter(t -> t.name().startsWith(layer))
                            .toList(),
                    snapshot.optimizerState().stream()
                            .filter(t -> t.name().startsWith(layer))
                            .toList());
            files.addAll(Shards.write(pending, stage, 2, part));
        }
        return files;
    }

    private void save(long step) {
        Path pending = store.pending(step);
        checkpointing.commit(pending, step, write(pending, Snapshots.of(step, 1)), Map.of(), PROGRESS, false);
    }

    @Test
    void whatTheStagesWroteComesBackWholeWithTheProgress() {
        save(10);

        Checkpoint loaded = CheckpointStore.loadLast(run);

        assertThat(loaded.step()).isEqualTo(10);
        assertThat(loaded.progress()).isEqualTo(PROGRESS);
        assertThat(loaded.start().progress()).isEqualTo(PROGRESS);
        Snapshot expected = Snapshots.of(10, 1);
        assertThat(loaded.tensors())
                .hasSize(expected.weights().size() + expected.optimizerState().size());
        for (NamedTensor weight : expected.weights()) {
            Tensor found = Objects.requireNonNull(loaded.tensors().get(weight.name()));
            assertThat(found.memory().mismatch(weight.tensor().memory()))
                    .as(weight.name())
                    .isEqualTo(-1);
        }
    }

    @Test
    void untilTheManifestIsThereThereIsNoCheckpoint() {
        save(10);
        write(store.pending(20), Snapshots.of(20, 1));

        assertThat(CheckpointStore.newestWhole(run, damage -> {}).orElseThrow().step())
                .isEqualTo(10);
    }

    @Test
    void aFlippedByteInAShardIsFoundByNameAndTheOneBeforeIsUsed() throws IOException {
        save(10);
        save(20);
        Path shard = run.resolve("checkpoints/step-00000020/stage-1-of-2.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length - 3] ^= 4;
        Files.write(shard, bytes);
        List<String> damaged = new ArrayList<>();

        Checkpoint used = CheckpointStore.newestWhole(run, damaged::add).orElseThrow();

        assertThat(used.step()).isEqualTo(10);
        assertThat(damaged).singleElement().asString().contains("step-00000020/stage-1-of-2.safetensors: sha256 ");
    }

    @Test
    void aMissingShardIsFoundToo() throws IOException {
        save(10);
        save(20);
        Files.delete(run.resolve("checkpoints/step-00000020/stage-0-of-2-optimizer.safetensors"));
        List<String> damaged = new ArrayList<>();

        assertThat(CheckpointStore.newestWhole(run, damaged::add).orElseThrow().step())
                .isEqualTo(10);
        assertThat(damaged).singleElement().asString().contains("stage-0-of-2-optimizer.safetensors: no such file");
    }

    @Test
    void whoWasSucceededLeavesNoCheckpoint() {
        save(10);
        new RunEpochs(run).claim();

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> save(20))
                .withMessageContaining("another trainer goes on");
        assertThat(CheckpointStore.loadLast(run).step()).isEqualTo(10);
    }

    @Test
    void whatAnotherLeftUnfinishedGoesWithTheNextOne() throws IOException {
        write(store.pending(5), Snapshots.of(5, 1));

        save(10);

        assertThat(Snapshots.names(run.resolve("checkpoints"))).containsExactly("last", "step-00000010");
    }

    @Test
    void aRunWithoutCheckpointsHasNone() {
        assertThat(CheckpointStore.newestWhole(run, damage -> {})).isEmpty();
    }
}
