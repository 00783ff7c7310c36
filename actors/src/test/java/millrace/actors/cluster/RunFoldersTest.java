package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.actors.access.AllowedFolders;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.keeper.Electors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which places on a node an order may name. */
class RunFoldersTest {
    @TempDir
    private Path allowed = Path.of("");

    private static RunOrder order(Path folder, Optional<Path> first, Optional<Path> init) {
        return new RunOrder(
                "run",
                folder.toString(),
                "",
                first.map(Path::toString),
                init.map(Path::toString),
                1,
                2,
                CheckpointPace.every(Duration.ofSeconds(5)),
                Set.of());
    }

    private RunFolders folders() {
        return new RunFolders(new AllowedFolders("folders", List.of(allowed)));
    }

    private void refused(String key, RunOrder order) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> folders().require(order))
                .withMessageStartingWith(
                        key + ": /elsewhere (expected: a place within folders of this node: " + allowed);
    }

    @Test
    void everyPlaceOfASharedRunIsAllowed() {
        Path elsewhere = Path.of("/elsewhere");
        Path run = allowed.resolve("run");
        folders().require(order(run, Optional.of(run), Optional.of(run)));
        refused("checkpoint.folder", order(elsewhere, Optional.empty(), Optional.empty()));
        refused("resume", order(run, Optional.of(elsewhere), Optional.empty()));
        refused("init", order(run, Optional.empty(), Optional.of(elsewhere)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> folders()
                        .requireCheckpoint(order(run, Optional.empty(), Optional.empty()), elsewhere.toString()));
    }

    /** Where a stage's part is written is told by a message that nobody has signed: only its name counts. */
    @Test
    void partsOfACheckpointAreWrittenNowhereElse() {
        SharedStorage storage =
                (SharedStorage) RunStorages.shared("one:25520").of(order(allowed, Optional.empty(), Optional.empty()));
        String name = KeptFolder.draftOf(7);
        Path draft = allowed.toAbsolutePath().resolve("checkpoints").resolve(name);
        assertThat(storage.draft(draft)).isEqualTo(draft);
        assertThat(storage.draft(Path.of("/elsewhere").resolve(name))).isEqualTo(draft);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> storage.draft(Path.of("/etc/passwd")))
                .withMessageStartingWith("draft: passwd (expected: ");
    }

    /** Its folder is a place on the machine where it was ordered, and its checkpoints have no place but a name. */
    @Test
    void ofARunOnOwnDisksOnlyFirstWeightsAreAPlace() {
        Path elsewhere = Path.of("/elsewhere");
        RunOrder.Keeping apart = new RunOrder.Keeping(RunOrder.Sharing.NO, Electors.NONE);
        RunOrder order = order(elsewhere, Optional.empty(), Optional.empty()).kept(apart);
        folders().require(order);
        folders().requireCheckpoint(order, "kept:run/step-00000007/" + "0".repeat(64) + "/9");
        refused(
                "init",
                order(elsewhere, Optional.empty(), Optional.of(elsewhere)).kept(apart));
    }
}
