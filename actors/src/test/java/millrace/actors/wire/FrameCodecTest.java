package millrace.actors.wire;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.ExtendedActorSystem;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Adapter;
import java.io.NotSerializableException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import millrace.actors.TestKitExtension;
import millrace.actors.link.LinkSpec;
import millrace.actors.rank.Packet.ErrorDelta;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.transport.Acknowledged;
import millrace.actors.transport.Acknowledged.Range;
import millrace.actors.transport.Inlet;
import millrace.actors.transport.Outlet;
import millrace.actors.transport.ReceivePool;
import millrace.actors.transport.Route;
import millrace.actors.transport.TransportProtocol.Frame;
import millrace.actors.transport.TransportProtocol.ToInlet;
import millrace.actors.transport.TransportSettings;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tensors of any bits arrive in pieces as Artery handles them, and nothing is released on the way. */
class FrameCodecTest {
    @RegisterExtension
    static final TestKitExtension ACTORS = new TestKitExtension();

    private final WireSerializer serializer = new WireSerializer(
            (ExtendedActorSystem) Adapter.toClassic(ACTORS.kit().system()));
    private final TransportSettings settings =
            TransportSettings.of(ACTORS.kit().system().settings().config());

    static LongStream seeds() {
        return LongStream.range(0, 12);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void throughBuffers(long seed) throws NotSerializableException {
        Random random = new Random(seed);
        TestProbe<RankProtocol.Command> stage = ACTORS.kit().createTestProbe();
        TestProbe<ToInlet> channel = ACTORS.kit().createTestProbe();
        ActorRef<ToInlet> inlet = ACTORS.kit().spawn(Inlet.create(seed, 1, stage.ref()));
        ActorRef<RankProtocol.Command> outlet = ACTORS.kit()
                .spawn(Outlet.create(new Route(seed, "0-1", 1), channel.ref(), LinkSpec.DIRECT, settings, () -> {}));
        ReceivePool pool = ReceivePool.get(ACTORS.kit().system());
        channel.awaitAssert(() -> assertThat(pool.find(seed, 1)).isPresent());
        try (Arena arena = Arena.ofShared()) {
            int elements = 1 + random.nextInt(1_000_000);
            TensorPool sent = new TensorPool("sent", arena, elements, 1);
            Tensor tensor = sent.take(random.nextBoolean() ? ElementType.F32 : ElementType.BF16, Shape.of(1, elements));
            long payload = tensor.memory().byteSize();
            RandomTensor.fill(random, tensor);
            outlet.tell(new RankProtocol.FromRank(new ErrorDelta(seed, 1, 938, 2, tensor)));
            for (long left = payload; left > 0; ) {
                Frame frame = channel.expectMessageClass(Frame.class);
                int bytes = serializer.toBinary(frame).length;
                assertThat((long) bytes).isLessThan(settings.frame() - 1000);
                inlet.tell(throughBuffers(frame, bytes, random));
                left -= frame.place().bytes(payload);
            }
            ErrorDelta arrived = (ErrorDelta)
                    stage.expectMessageClass(RankProtocol.FromRank.class).message();
            assertThat(arrived.tensor().type()).isEqualTo(tensor.type());
            assertThat(arrived.tensor().memory().mismatch(tensor.memory())).isEqualTo(-1);
            assertThat(arrived.tensor().memory().address() % Memory.ALIGNMENT).isZero();
            arrived.tensor().release();
            assertThat(pool.inUse()).isZero();
            channel.awaitAssert(() -> assertThat(sent.inUse()).isZero());
            ACTORS.kit().stop(outlet);
            ACTORS.kit().stop(inlet);
        }
    }

    /** As Artery does it: into the middle of a pooled buffer, and out of another that is aligned to nothing. */
    private ToInlet throughBuffers(Frame frame, int bytes, Random random) throws NotSerializableException {
        int offset = random.nextInt(70);
        ByteBuffer sent = ByteBuffer.allocateDirect(bytes + 100).order(ByteOrder.LITTLE_ENDIAN);
        sent.position(offset);
        serializer.toBinary(frame, sent);
        sent.flip().position(offset);
        assertThat(sent.remaining()).isEqualTo(bytes);
        ByteBuffer received =
                random.nextBoolean() ? ByteBuffer.allocate(bytes + 100) : ByteBuffer.allocateDirect(bytes + 100);
        int other = random.nextInt(70);
        received.position(other).put(sent).flip().position(other);
        ByteBuffer read = random.nextBoolean() ? received : received.asReadOnlyBuffer();
        ToInlet arrived = (ToInlet) serializer.fromBinary(read, serializer.manifest(frame));
        assertThat(read.hasRemaining()).isFalse();
        return arrived;
    }

    @Test
    void acknowledgements() {
        Acknowledged none = new Acknowledged(new Route(0, "größe", 0), 0, 0, List.of());
        Acknowledged some = new Acknowledged(
                new Route(Long.MAX_VALUE, "0-1", 3), 5, 1L << 40, List.of(new Range(7, 8), new Range(9, 1L << 41)));
        assertThat(ACTORS.kit().serializationTestKit().verifySerialization(none, true))
                .isEqualTo(none);
        assertThat(ACTORS.kit().serializationTestKit().verifySerialization(some, true))
                .isEqualTo(some);
        assertThat(serializer.manifest(some)).isEqualTo("K");
    }
}
