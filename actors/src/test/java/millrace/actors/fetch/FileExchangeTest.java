package millrace.actors.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import millrace.actors.TestKitExtension;
import millrace.actors.fetch.FetchProtocol.AskChunk;
import millrace.actors.fetch.FetchProtocol.AskHolding;
import millrace.actors.fetch.FetchProtocol.Chunk;
import millrace.actors.fetch.FetchProtocol.Drop;
import millrace.actors.fetch.FetchProtocol.Hold;
import millrace.actors.fetch.FetchProtocol.Holding;
import millrace.actors.fetch.FetchProtocol.NotHeld;
import millrace.actors.fetch.FetchProtocol.ToFetch;
import millrace.actors.fetch.FetchProtocol.ToHolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Files go from holders to those who fetch them, whole or not at all. */
class FileExchangeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @RegisterExtension
    static final TestKitExtension AKKA = new TestKitExtension();

    @TempDir
    Path temp;

    private Path file(String name, int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        return Files.write(temp.resolve(name), content);
    }

    private FileExchange exchange() {
        CompletableFuture<FileExchange> started = new CompletableFuture<>();
        AKKA.kit().spawn(Behaviors.setup(context -> {
            started.complete(FileExchange.start(context));
            return Behaviors.empty();
        }));
        return started.join();
    }

    private Path target(String name) {
        return temp.resolve("cache").resolve(name);
    }

    @Test
    void aFileIsFetchedByItsDigest() throws Exception {
        Path source = file("data.csv", 3 * Download.CHUNK + 5);
        FileDigest digest = FileDigest.of(source);
        FileExchange exchange = exchange();
        exchange.hold(digest, source);

        // two that want the same wait for one transfer
        CompletableFuture<Path> one = exchange.fetch(digest, target("a"), PATIENCE);
        CompletableFuture<Path> two = exchange.fetch(digest, target("a"), PATIENCE);

        assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(target("a")).hasSameBinaryContentAs(source);
        assertThat(two.get(30, TimeUnit.SECONDS)).isEqualTo(target("a"));
        try (Stream<Path> left = Files.list(temp.resolve("cache"))) {
            assertThat(left).containsExactly(target("a"));
        }
    }

    /** Of a holder that counts what it is asked for, and begins with wrong bytes if told so. */
    private static Behavior<ToHolder> counting(
            FileDigest file, byte[] content, Set<Integer> wrong, AtomicInteger asked) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(FetchProtocol.HOLDERS, context.getSelf()));
            return Behaviors.receive(ToHolder.class)
                    .onMessage(AskHolding.class, ask -> {
                        ask.replyTo()
                                .tell(
                                        ask.file().equals(file)
                                                ? new Holding(ask.file(), context.getSelf())
                                                : new NotHeld(ask.file(), context.getSelf()));
                        return Behaviors.same();
                    })
                    .onMessage(AskChunk.class, ask -> {
                        int from = (int) ask.number() * Download.CHUNK;
                        byte[] bytes = new byte[Math.min(Download.CHUNK, content.length - from)];
                        System.arraycopy(content, from, bytes, 0, bytes.length);
                        if (wrong.contains(asked.getAndIncrement())) {
                            bytes[0]++;
                        }
                        ask.replyTo()
                                .tell(new Chunk(ask.file(), ask.number(), ByteBuffer.wrap(bytes), context.getSelf()));
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    @Test
    void aTransferThatHasBrokenOffIsGoneOnWith() throws Exception {
        byte[] content = Files.readAllBytes(file("data", 5 * Download.CHUNK));
        FileDigest digest = FileDigest.of(temp.resolve("data"));
        Files.createDirectories(temp.resolve("cache"));
        // two whole pieces, and some of the third
        try (RandomAccessFile part =
                new RandomAccessFile(digest.partOf(target("b")).toFile(), "rw")) {
            part.write(content, 0, 2 * Download.CHUNK + 1000);
        }
        AtomicInteger asked = new AtomicInteger();
        AKKA.kit().spawn(counting(digest, content, Set.of(), asked));

        Path fetched = exchange().fetch(digest, target("b"), PATIENCE).get(30, TimeUnit.SECONDS);

        assertThat(fetched).hasBinaryContent(content);
        assertThat(asked).as("pieces asked for").hasValue(3);
    }

    @Test
    void whatIsDamagedIsFetchedAgainOnceAndNeverUsed() throws Exception {
        byte[] content = Files.readAllBytes(file("damaged", 2 * Download.CHUNK));
        FileDigest digest = FileDigest.of(temp.resolve("damaged"));
        AtomicInteger asked = new AtomicInteger();
        AKKA.kit().spawn(counting(digest, content, Set.of(0), asked));
        assertThat(exchange().fetch(digest, target("c"), PATIENCE).get(30, TimeUnit.SECONDS))
                .hasBinaryContent(content);
        assertThat(asked).hasValue(4);

        byte[] other = Files.readAllBytes(file("other", 100));
        FileDigest never = FileDigest.of(temp.resolve("other"));
        AKKA.kit().spawn(counting(never, other, Set.of(0, 1), new AtomicInteger()));
        assertThatThrownBy(() -> exchange().fetch(never, target("d"), PATIENCE).get(30, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its holders send other bytes (expected: those of the digest)");
        assertThat(target("d")).doesNotExist();
    }

    @Test
    void whatNobodyHoldsIsTold() {
        FileDigest nobodys = new FileDigest("0123456789abcdef".repeat(4), 9);
        assertThatThrownBy(() -> exchange()
                        .fetch(nobodys, target("e"), Duration.ofMillis(300))
                        .get(30, TimeUnit.SECONDS))
                .hasMessageContaining("fetched file: sha256 0123456789ab..., 9 bytes: none of ")
                .hasMessageContaining("nodes has it (expected: ");
        assertThat(target("e")).doesNotExist();
    }

    @Test
    void aHolderGivesOnlyWhatItWasToldOfAndNothingThatHasChanged() throws Exception {
        Path source = file("mine", 10);
        FileDigest digest = FileDigest.of(source);
        var holder = AKKA.kit().spawn(Holder.create());
        TestProbe<ToFetch> probe = AKKA.kit().createTestProbe(ToFetch.class);
        holder.tell(new AskHolding(digest, probe.ref()));
        probe.expectMessage(new NotHeld(digest, holder));
        holder.tell(new Hold(digest, source));
        holder.tell(new AskHolding(digest, probe.ref()));
        probe.expectMessage(new Holding(digest, holder));
        Files.write(source, new byte[11]);
        holder.tell(new AskChunk(digest, 0, probe.ref()));
        probe.expectMessage(new NotHeld(digest, holder));
        FileDigest now = FileDigest.of(source);
        holder.tell(new Hold(now, source));
        holder.tell(new Drop(now));
        holder.tell(new AskHolding(now, probe.ref()));
        probe.expectMessage(new NotHeld(now, holder));
    }
}
