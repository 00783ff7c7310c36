package millrace.actors.keeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import millrace.actors.access.AllowedFolders;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.fetch.FileDigest;
import millrace.actors.keeper.KeeperProtocol.Done;
import millrace.actors.keeper.KeeperProtocol.KeptCheckpoint;
import millrace.actors.keeper.KeeperProtocol.Node;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node has on its disk of runs, and when a checkpoint on several disks counts. */
class KeptRunsTest {
    @TempDir
    private Path folder = Path.of("");

    private KeptRuns node() {
        return new KeptRuns(
                folder, new AllowedFolders("folders", List.of(folder.resolve("run"))), "one:25520", true, true);
    }

    @Test
    void aPromiseOutlivesTheNodesProcess() throws IOException {
        KeptRuns node = node();
        Promise promise = new Promise(3, "x");
        assertThat(node.asked("run", promise)).isEqualTo(promise);

        KeptRuns again = node();
        assertThat(again.node()).isEqualTo(node.node());
        assertThat(again.asked("run", new Promise(2, "y"))).isEqualTo(promise);
        assertThat(again.asked("run", new Promise(3, "y"))).isEqualTo(promise);
        assertThat(again.asked("run", promise)).isEqualTo(promise);
        assertThat(again.promised("another run")).isEqualTo(Promise.NONE);
    }

    @Test
    void aMarkerIsSeenByItsPathOrInTheFolderOfARun() throws IOException {
        KeptRuns node = node();
        String name = KeptRuns.MARKER + UUID.randomUUID();
        Path file =
                Files.writeString(Files.createDirectories(folder.resolve("run")).resolve(name), "token");
        assertThat(node.sees(file.toAbsolutePath().toString(), "token")).isTrue();
        assertThat(node.sees("run/" + name, "token")).isTrue();
        assertThat(node.sees("run/" + name, "another")).isFalse();
        assertThat(node.sees("other/" + name, "token")).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node.sees(name, "token"))
                .withMessageStartingWith("checkpoint.folder: " + name + " (expected: a place within folders");
    }

    /** Whoever asks could otherwise find out what is in any file. */
    @Test
    void nothingElseIsLookedAt() throws IOException {
        Path secret =
                Files.writeString(Files.createDirectories(folder.resolve("run")).resolve("secret"), "token");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node().sees(secret.toAbsolutePath().toString(), "token"))
                .withMessageStartingWith("file: " + secret.toAbsolutePath() + " (expected: one named .seen-UUID)");
        Path outside = Files.writeString(folder.resolve(KeptRuns.MARKER + UUID.randomUUID()), "token");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node().sees(outside.toAbsolutePath().toString(), "token"))
                .withMessageStartingWith("checkpoint.folder: " + outside.toAbsolutePath() + " (expected: ");
    }

    @Test
    void aNodeThatHasLostItsDiskIsAnother() throws IOException {
        Node before = node().node();
        Files.delete(folder.resolve("node-name"));
        assertThat(node().node()).isNotEqualTo(before);
    }

    /** As where a node is started in a folder that is not its own. */
    @Test
    void aNodeThatCannotWriteVotesForNothing() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        KeptRuns node = new KeptRuns(file, new AllowedFolders("folders", List.of(folder)), "one:25520", true, true);

        assertThat(node.node().votes()).isFalse();
        assertThat(node.node().works()).isFalse();
        assertThat(node.node()).isEqualTo(node.node());
    }

    @Test
    void aDamagedPromiseIsNotTakenForNone() throws IOException {
        node().asked("run", new Promise(3, "x"));
        Files.writeString(folder.resolve("run/promise"), "run-epoch 3 t");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> node().asked("run", new Promise(4, "y")))
                .withMessageContaining("is not a promise (expected: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", ".hidden", "a/b", "/etc", "../x"})
    void noNameLeadsOutOfTheFolder(String run) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node().folder(run))
                .withMessageStartingWith("run: " + run + " (expected: the plain name of a folder)");
        KeptFolder kept = node().folder("run");
        assertThatIllegalArgumentException().isThrownBy(() -> kept.draft(run));
        assertThatIllegalArgumentException().isThrownBy(() -> kept.checkpoint(run));
    }

    @Test
    void onlyWhatIsAsItWasWrittenIsThere() throws IOException {
        KeptRuns node = node();
        String draft = KeptFolder.draftOf(7);
        Path written = Files.createDirectories(node.folder("run").draft(draft));
        FileDigest good = file(written, "stage-0-of-3.safetensors", "good");
        FileDigest bad = file(written, "stage-1-of-3.safetensors", "bad");
        FileDigest elsewhere = new FileDigest("0".repeat(64), 9);
        Manifest manifest = manifest(
                7,
                List.of(
                        entry("stage-0-of-3.safetensors", good),
                        entry("stage-1-of-3.safetensors", bad),
                        entry("stage-2-of-3.safetensors", elsewhere)));
        Path checkpoint = node.folder("run").commit(draft, manifest, true, 1);

        assertThat(node.contents("run").files()).containsKeys(good, bad).doesNotContainKey(elsewhere);
        Files.writeString(checkpoint.resolve("stage-1-of-3.safetensors"), "BAD");

        KeptRuns.Contents contents = node.contents("run");
        assertThat(contents.checkpoints()).extracting(KeptCheckpoint::name).containsExactly("step-00000007");
        FileDigest ofManifest = contents.checkpoints().getFirst().manifest();
        assertThat(contents.files())
                .isEqualTo(Map.of(
                        good, checkpoint.resolve("stage-0-of-3.safetensors"),
                        ofManifest, checkpoint.resolve("manifest.textproto")));
        CheckpointPlace place =
                new CheckpointPlace("a run", contents.checkpoints().getFirst());
        assertThat(CheckpointPlace.parse(place.text())).contains(place);
        assertThat(CheckpointPlace.parse("/runs/x/checkpoints/step-00000007")).isEmpty();
    }

    @Test
    void whoReadsACheckpointIsToldWhereItsFilesAre() throws IOException {
        KeptFolder kept = node().folder("run");
        FileDigest elsewhere = new FileDigest("0".repeat(64), 9);
        Path checkpoint = kept.commit(
                KeptFolder.draftOf(7),
                manifest(7, List.of(entry("stage-0-of-1.safetensors", elsewhere, "one:25520", "two:25520"))),
                false,
                1);
        assertThat(Files.isSymbolicLink(folder.resolve("run/checkpoints/last"))).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CheckpointStore.load(folder.resolve("run")))
                .withMessage(
                        checkpoint + "/stage-0-of-1.safetensors: not on this machine, it was written to one:25520 and"
                                + " two:25520 (expected: 9 bytes); fetch it with --cluster HOST:PORT, the address of any node of"
                                + " their cluster");
    }

    private static FileDigest file(Path folder, String name, String content) throws IOException {
        return FileDigest.of(Files.writeString(folder.resolve(name), content));
    }

    private static FileEntry entry(String name, FileDigest digest, String... holders) {
        return new FileEntry(name, digest.bytes(), digest.sha256(), List.of(holders));
    }

    private static Manifest manifest(long step, List<FileEntry> files) {
        return new Manifest(Manifest.FORMAT, step, "", files, "", "", Map.of(), Map.of(), Map.of());
    }

    @Test
    void aCheckpointCountsWhenAllIsWhereItsManifestSaysAndAMajorityHasIt() {
        FileDigest digest = new FileDigest("0".repeat(64), 9);
        Manifest manifest = manifest(
                1,
                List.of(
                        entry("model.safetensors", digest, "a:1", "b:1"),
                        entry("optimizer.safetensors", digest, "b:1")));
        Right right = new Right("run", new Promise(4, "x"), new Electors(List.of("a", "b", "c")));

        KeptWriting.requireCounting(right, manifest, answers("a", "b"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeptWriting.requireCounting(right, manifest, answers("b", "c")))
                .withMessage(
                        "model.safetensors: not on all of [a:1, b:1] (expected: where it was written); a:1: no room");
        Manifest onOne = manifest(1, List.of(entry("model.safetensors", digest, "a:1")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeptWriting.requireCounting(right, onOne, answers("a")))
                .withMessageStartingWith("checkpoint: saved by [a:1] (expected: more than half of the run's nodes)");
        List<Done> refused = Stream.concat(
                        answers("a", "b").stream(),
                        Stream.of(new Done(new Node("c", "c:1", true, true), "later", true)))
                .toList();
        assertThatIllegalStateException()
                .isThrownBy(() -> KeptWriting.requireCounting(right, manifest, refused))
                .withMessageStartingWith("run epoch: 4 (expected: the newest ");
    }

    private static List<Done> answers(String... done) {
        return Stream.of("a", "b", "c")
                .map(id -> new Done(
                        new Node(id, id + ":1", true, true), List.of(done).contains(id) ? "" : "no room", false))
                .toList();
    }
}
