package millrace.actors.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import millrace.actors.access.Access;
import millrace.actors.access.AllowedFolders;
import millrace.actors.access.Credential;
import millrace.actors.access.TestCertificates;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.fetch.FileDigest;
import millrace.actors.fetch.FileExchange;
import millrace.actors.keeper.KeeperProtocol.AskPromise;
import millrace.actors.keeper.KeeperProtocol.Copy;
import millrace.actors.keeper.KeeperProtocol.Done;
import millrace.actors.keeper.KeeperProtocol.Promised;
import millrace.actors.keeper.KeeperProtocol.Publish;
import millrace.actors.keeper.KeeperProtocol.Signed;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node keeps is changed only for other nodes: not for those who may have runs trained, or look. */
class SignedKeepingTest {
    private static final ActorTestKit KIT = ActorTestKit.create("signed-keeping", TestCertificates.settings("node"));
    private static final FileDigest FILE = new FileDigest("0".repeat(64), 9);
    private static final Promise WANTED = new Promise(3, "x");

    @TempDir
    private Path folder = Path.of("");

    private final TestProbe<KeeperProtocol.Answer> answers = KIT.createTestProbe();

    @AfterAll
    static void end() {
        KIT.shutdownTestKit();
    }

    private ActorRef<KeeperProtocol.Command> keeper() {
        CompletableFuture<FileExchange> files = new CompletableFuture<>();
        KIT.spawn(Behaviors.<Void>setup(context -> {
            files.complete(FileExchange.start(context));
            return Behaviors.empty();
        }));
        KeptRuns runs = new KeptRuns(folder, new AllowedFolders("folders", List.of(folder)), "one:1", true, true);
        return KIT.spawn(Keeper.create(runs, new Offers(files.join()), _ -> {}));
    }

    private static Optional<Credential> by(String who, Signed request) {
        return Access.of(TestCertificates.settings(who)).sign(request.signedText());
    }

    @Test
    void onlyANodeIsPromisedAnything() {
        ActorRef<KeeperProtocol.Command> keeper = keeper();
        AskPromise ask = new AskPromise("run", WANTED, answers.ref());
        AskPromise another = new AskPromise("another", WANTED, answers.ref());
        for (Optional<Credential> refused :
                List.of(Optional.<Credential>empty(), by("viewer", ask), by("submitter", ask), by("node", another))) {
            keeper.tell(ask.by(refused));
            assertThat(answers.expectMessageClass(Done.class).problem()).contains("(expected: ");
        }
        keeper.tell(ask.by(by("node", ask)));
        assertThat(answers.expectMessageClass(Promised.class).has()).isEqualTo(WANTED);
    }

    @Test
    void nothingIsWrittenForOthers() {
        ActorRef<KeeperProtocol.Command> keeper = keeper();
        String draft = KeptFolder.draftOf(7);
        Copy copy = new Copy(
                "run", draft, List.of(new FileEntry("model.safetensors", FILE.bytes(), FILE.sha256())), answers.ref());
        Publish publish = new Publish("run", WANTED, draft, FILE, true, 2, answers.ref());
        for (Signed request : List.of(copy, publish)) {
            keeper.tell(request.by(by("submitter", request)));
            Done refused = answers.expectMessageClass(Done.class);
            assertThat(refused.problem()).contains("(expected: worker, ");
            assertThat(refused.succeeded()).isFalse();
        }
        assertThat(folder.resolve("run")).doesNotExist();
        assertThat(Files.exists(folder.resolve(draft))).isFalse();
    }

    @Test
    void everyPartIsSigned() {
        FileEntry file = new FileEntry("a", 1, FILE.sha256());
        assertThat(Stream.of(
                                new AskPromise("run", WANTED, answers.ref()),
                                new AskPromise("other", WANTED, answers.ref()),
                                new AskPromise("run", new Promise(4, "x"), answers.ref()),
                                new AskPromise("run", new Promise(3, "y"), answers.ref()),
                                new Copy("run", "d", List.of(file), answers.ref()),
                                new Copy("run", "e", List.of(file), answers.ref()),
                                new Copy("run", "d", List.of(file, file), answers.ref()),
                                new Copy("run", "d", List.of(new FileEntry("b", 1, FILE.sha256())), answers.ref()),
                                new Copy("run", "d", List.of(new FileEntry("a", 2, FILE.sha256())), answers.ref()),
                                new Publish("run", WANTED, "d", FILE, true, 2, answers.ref()),
                                new Publish("run", new Promise(4, "x"), "d", FILE, true, 2, answers.ref()),
                                new Publish("run", WANTED, "e", FILE, true, 2, answers.ref()),
                                new Publish(
                                        "run", WANTED, "d", new FileDigest(FILE.sha256(), 8), true, 2, answers.ref()),
                                new Publish("run", WANTED, "d", FILE, false, 2, answers.ref()),
                                new Publish("run", WANTED, "d", FILE, true, 3, answers.ref()))
                        .map(Signed::signedText))
                .doesNotHaveDuplicates();
    }
}
