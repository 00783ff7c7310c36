package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A link that leads to no checkpoint of its run: the newest whole one is used instead, and that is said. */
class CheckpointLinkTest {
    @TempDir
    Path folder;

    private final List<String> notices = new ArrayList<>();
    private Path run = Path.of("");
    private Path checkpoints = Path.of("");

    @BeforeEach
    void saveTwo() {
        run = folder.resolve("run");
        checkpoints = run.resolve("checkpoints");
        CheckpointStore store = new CheckpointStore(run, 9);
        store.save(Snapshots.of(10, 1), "", Map.of(), true);
        store.save(Snapshots.of(20, 1), "", Map.of(), false);
        new CheckpointStore(folder.resolve("other"), 9).save(Snapshots.of(30, 1), "", Map.of(), true);
    }

    /** To nothing, out of the run, to what is no checkpoint, to itself, to a file. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "step-00000099",
                "../../other/checkpoints/step-00000030",
                "../../other",
                "/",
                ".",
                "..",
                "last",
                "best",
                "step-00000020/manifest.textproto"
            })
    void anyWayTheNewestWholeOneIsUsed(String target) throws IOException {
        link("last", target);
        link("best", target);

        assertThat(step(CheckpointStore.newestWhole(run, notices::add).orElseThrow()))
                .isEqualTo(20);
        assertThat(notices).singleElement().asString().startsWith(checkpoints.resolve("last") + ": leads to " + target);
        notices.clear();
        assertThat(step(CheckpointStore.load(run, notices::add))).isEqualTo(20);
        assertThat(step(CheckpointStore.loadLast(run, notices::add))).isEqualTo(20);
        assertThat(notices).hasSize(4);
        for (String link : List.of("last", "best")) {
            notices.clear();
            assertThat(step(CheckpointStore.load(checkpoints.resolve(link), notices::add)))
                    .isEqualTo(20);
            assertThat(notices)
                    .singleElement()
                    .asString()
                    .startsWith(checkpoints.resolve(link) + ": leads to " + target + ", wh")
                    .endsWith(" (expected: a checkpoint in " + checkpoints + ")");
            notices.clear();
            assertThat(step(ResumePoint.newest(checkpoints.resolve(link), notices::add)))
                    .isEqualTo(20);
            assertThat(notices).hasSize(1);
        }
    }

    @Test
    void theOtherLinkIsFollowedFirst() throws IOException {
        link("last", "step-00000010");
        link("best", "step-00000099");
        assertThat(step(CheckpointStore.load(run, notices::add))).isEqualTo(10);
        assertThat(notices)
                .containsExactly(checkpoints.resolve("best") + ": leads to step-00000099, where there is no folder"
                        + " (expected: a checkpoint in " + checkpoints + ")");
    }

    @Test
    void damagedOnesArePassedOver() throws IOException {
        link("last", "step-00000099");
        Files.delete(checkpoints.resolve("best"));
        Files.delete(checkpoints.resolve("step-00000020/model.safetensors"));
        assertThat(step(CheckpointStore.load(run, notices::add))).isEqualTo(10);
        assertThat(notices).hasSize(2);
        // without the advice to use another one, which is what happens
        assertThat(notices.getLast())
                .matches(Pattern.quote(checkpoints + "/step-00000020/model.safetensors: no such file (expected: ")
                        + "\\d+ bytes\\)");
    }

    /** Ways in which people link that lead to a checkpoint of the run after all. */
    @Test
    void detours() throws IOException {
        link("last", checkpoints.resolve("step-00000010").toString());
        link("best", "last");
        Path elsewhere = Files.move(checkpoints, folder.resolve("checkpoints"));
        Files.createSymbolicLink(checkpoints, elsewhere);
        assertThat(step(CheckpointStore.load(run, notices::add))).isEqualTo(10);
        assertThat(step(CheckpointStore.loadLast(run, notices::add))).isEqualTo(10);
        assertThat(notices).isEmpty();
    }

    @Test
    void nothingElseThere() throws IOException {
        Disk.delete(checkpoints.resolve("step-00000010"));
        Disk.delete(checkpoints.resolve("step-00000020"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CheckpointStore.load(checkpoints.resolve("last"), notices::add))
                .withMessage(checkpoints + ": empty (expected: a checkpoint); train first, or choose another run");
        assertThat(CheckpointStore.newestWhole(run, notices::add)).isEmpty();
    }

    private long step(Checkpoint checkpoint) {
        assertThat(checkpoint.path().getParent()).isEqualTo(checkpoints);
        return checkpoint.step();
    }

    private void link(String name, String target) throws IOException {
        Files.deleteIfExists(checkpoints.resolve(name));
        Files.createSymbolicLink(checkpoints.resolve(name), Path.of(target));
    }
}
