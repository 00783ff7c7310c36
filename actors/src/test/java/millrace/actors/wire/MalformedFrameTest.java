package millrace.actors.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import akka.actor.ExtendedActorSystem;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Adapter;
import com.typesafe.config.ConfigFactory;
import java.io.NotSerializableException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import millrace.actors.link.LinkSpec;
import millrace.actors.rank.Packet.Activation;
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
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.proto.v1.FrameHeader;
import millrace.proto.v1.StageMessage;
import millrace.proto.v1.TensorHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes from the network is a frame, an acknowledgement, or a NotSerializableException in one line. */
class MalformedFrameTest {
    private static final ActorTestKit KIT =
            ActorTestKit.create(ConfigFactory.parseString("millrace.transport.largest-tensor = 1 MiB")
                    .withFallback(ConfigFactory.parseResources("application-test.conf"))
                    .withFallback(ConfigFactory.load()));
    private static final int MUTATIONS = 300;

    private final WireSerializer serializer = new WireSerializer((ExtendedActorSystem) Adapter.toClassic(KIT.system()));
    private final ReceivePool pool = ReceivePool.get(KIT.system());
    private final TestProbe<RankProtocol.Command> stage = KIT.createTestProbe();
    private final TestProbe<ToInlet> channel = KIT.createTestProbe();
    private final ActorRef<ToInlet> inlet = KIT.spawn(Inlet.create(7, 1, stage.ref()));
    private final ActorRef<RankProtocol.Command> outlet = KIT.spawn(Outlet.create(
            new Route(7, "0-1", 1),
            channel.ref(),
            LinkSpec.DIRECT,
            TransportSettings.of(KIT.system().settings().config()),
            () -> {}));

    MalformedFrameTest() {
        channel.awaitAssert(() -> assertThat(pool.find(7, 1)).isPresent());
    }

    @AfterEach
    void nothingIsLeft() {
        KIT.stop(outlet);
        KIT.stop(inlet);
        assertThat(pool.bytes()).isZero();
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    private Frame frame() {
        outlet.tell(new RankProtocol.FromRank(
                new Activation(7, 1, 938, 2, Tensor.of(Arena.ofAuto(), Shape.of(2, 3), 1, 2, 3, 4, 5, 6))));
        return channel.expectMessageClass(Frame.class);
    }

    @Test
    void truncatedAtEveryLength() {
        byte[] valid = serializer.toBinary(frame());
        for (int length = 0; length < valid.length; length++) {
            byte[] bytes = Arrays.copyOf(valid, length);
            assertRefused(catchThrowable(() -> serializer.fromBinary(bytes, "F")), "truncated to " + bytes.length);
        }
        assertThat(pool.bytes()).isZero();
        assertRefused(
                catchThrowable(() -> serializer.fromBinary(Arrays.copyOf(valid, valid.length + 4), "F")), "too long");
        assertThat(pool.bytes()).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void flippedBits(long seed) {
        Random random = new Random(seed);
        List<Range> ranges = List.of(new Range(5, 6), new Range(9, 300));
        for (Object message : List.of(frame(), new Acknowledged(new Route(7, "0-1", 1), 3, 4, ranges))) {
            byte[] valid = serializer.toBinary(message);
            String manifest = serializer.manifest(message);
            for (int i = 0; i < MUTATIONS; i++) {
                byte[] bytes = valid.clone();
                for (int n = random.nextInt(3); n >= 0; n--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
                ByteBuffer buffer =
                        ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
                Throwable thrown = catchThrowable(() -> serializer.fromBinary(buffer, manifest));
                if (thrown != null) {
                    assertRefused(thrown, "seed " + seed + ", mutation " + i + " of " + message);
                }
            }
        }
    }

    @Test
    void unknownManifest() {
        byte[] bytes = serializer.toBinary(frame());
        assertThatThrownBy(() -> serializer.fromBinary(bytes, "f"))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageStartingWith("manifest: f (expected: one of CA, CC, ");
    }

    /** Memory is taken for what a header claims: not for everything. */
    @ParameterizedTest
    @ValueSource(longs = {(1 << 18) + 1, 1 << 29, Integer.MAX_VALUE})
    void tensorsThatAreTooLarge(long elements) {
        byte[] bytes = bytes(h -> h.setPacket(packet(elements)).setSlice(1 << 19), 1 << 19);
        assertMalformed(bytes, "frame: tensor: " + 4 * elements + " bytes (expected: at most 1048576, millrace");
        assertThat(pool.bytes()).isZero();
    }

    @Test
    void moreThanTwoTensorsAtATime() throws NotSerializableException {
        for (int message = 0; message < 2; message++) {
            int first = 2 * message;
            serializer.fromBinary(
                    bytes(
                            h -> h.setPacket(packet(1 << 18))
                                    .setNumber(first)
                                    .setFirst(first)
                                    .setSlice(1 << 19),
                            1 << 19),
                    "F");
        }
        byte[] third =
                bytes(h -> h.setPacket(packet(1)).setNumber(4).setFirst(4).setSlice(64), 4);
        assertMalformed(third, "frame: payload: 4 bytes beside 2097152 of other messages (expected: at most 2097152");
    }

    @Test
    void framesThatContradictThemselves() {
        assertMalformed(bytes(h -> h.setNumber(3).setFirst(4), 8), "frame: frame: number 3, first 4, transmission 0");
        assertMalformed(bytes(h -> h.setTransmission(-1), 8), "frame: frame: number 0, first 0, transmission -1");
        assertMalformed(bytes(h -> h.setSlice(6), 8), "frame: slice: 6 (expected: a multiple of 4");
        assertMalformed(bytes(h -> h.setSlice(0), 8), "frame: slice: 0 (expected: a multiple of 4");
        assertMalformed(bytes(h -> h.setNumber(1), 8), "frame: frame: 1 of a payload of 8 bytes in slices of 64");
        assertMalformed(bytes(h -> h.setNumber(1L << 40).setFirst(1L << 40), 8), "frame: frame: number 1099511627776");
        assertMalformed(bytes(h -> h.setLink(""), 8), "frame: link: a name of 0 characters (expected: 1 to 200)");
        assertMalformed(bytes(h -> h.setLink("x".repeat(201)), 8), "frame: link: a name of 201 characters");
        assertMalformed(bytes(h -> h.setRunEpoch(-1), 8), "frame: route: run epoch -1, receiver 1 (expected: 0 or");
        assertMalformed(bytes(FrameHeader.Builder::clearContent, 8), "content: none (expected: a packet or a credit)");
        assertMalformed(bytes(h -> h.setPacket(packet(2).toBuilder().setRunEpoch(6)), 8), "run_epoch: 6 (expected:");
    }

    @Test
    void framesThatContradictEachOther() throws NotSerializableException {
        serializer.fromBinary(bytes(h -> h.setPacket(packet(32)), 64), "F");
        byte[] other = bytes(h -> h.setPacket(packet(31)).setNumber(1), 60);
        assertMalformed(other, "frame: frame: 1 of another message than frame 0 (expected: the same header in all");
    }

    private static StageMessage packet(long elements) {
        return StageMessage.newBuilder()
                .setRunEpoch(7)
                .setKind(StageMessage.Kind.KIND_ACTIVATION)
                .setTensor(TensorHeader.newBuilder()
                        .setType(millrace.proto.v1.ElementType.ELEMENT_TYPE_F32)
                        .addDimensions(elements))
                .build();
    }

    /** A valid frame of two elements, changed, with a payload of zeros. */
    private static byte[] bytes(Consumer<FrameHeader.Builder> change, int payload) {
        FrameHeader.Builder header = FrameHeader.newBuilder()
                .setRunEpoch(7)
                .setReceiver(1)
                .setLink("0-1")
                .setSlice(64)
                .setReplyTo("akka://nobody/user/nobody")
                .setPacket(packet(2));
        change.accept(header);
        byte[] bytes = header.build().toByteArray();
        return ByteBuffer.allocate(Integer.BYTES + bytes.length + payload)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    private void assertMalformed(byte[] bytes, String message) {
        assertThatThrownBy(() -> serializer.fromBinary(bytes, "F"))
                .satisfies(thrown -> assertRefused(thrown, "malformed"))
                .hasMessageStartingWith(message);
    }

    private static void assertRefused(Throwable thrown, String description) {
        assertThat(thrown).as(description).isInstanceOf(NotSerializableException.class);
        assertThat(thrown.getMessage()).as(description).hasLineCount(1).contains(" (expected: ");
    }
}
