package millrace.actors.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.io.NotSerializableException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import millrace.actors.rank.ChunkDone;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.Packet;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.Packet.ErrorDelta;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.rank.Packet.ReplicaGradient;
import millrace.actors.rank.Packet.ReplicaStatistics;
import millrace.actors.rank.Packet.ReplicaSum;
import millrace.actors.rank.Packet.TiedGradient;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is sent arrives, bit by bit, on each path that Akka takes. */
class WireSerializerTest {
    private static final WireSerializer SERIALIZER = new WireSerializer(new Codecs(List.of(new FromRankCodec())));

    static LongStream seeds() {
        return LongStream.range(0, 50);
    }

    /** The registration in millrace-system.conf: Akka finds the serializer by the message's class. */
    @Test
    void throughAkka() {
        ActorTestKit kit = ActorTestKit.create();
        try {
            for (long seed = 0; seed < 9; seed++) {
                Packet packet = packet(new Random(seed));
                FromRank arrived = kit.serializationTestKit().verifySerialization(new FromRank(packet), false);
                assertSame((Packet) arrived.message(), packet, "seed " + seed);
            }
        } finally {
            kit.shutdownTestKit();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void throughAnArray(long seed) throws NotSerializableException {
        Packet packet = packet(new Random(seed));
        byte[] bytes = SERIALIZER.toBinary(new FromRank(packet));
        assertSame(read(SERIALIZER.fromBinary(bytes, "P")), packet, "seed " + seed);
    }

    /** As Artery does it: into the middle of a pooled buffer, and out of another that is aligned to nothing. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void throughBuffers(long seed) throws NotSerializableException {
        Random random = new Random(seed);
        Packet packet = packet(random);
        ByteBuffer sent = random.nextBoolean() ? ByteBuffer.allocateDirect(9000) : ByteBuffer.allocate(9000);
        sent.order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int offset = random.nextInt(70);
        sent.position(offset);
        SERIALIZER.toBinary(new FromRank(packet), sent);
        sent.flip().position(offset);
        assertThat(sent.remaining()).isEqualTo(SERIALIZER.toBinary(new FromRank(packet)).length);

        ByteBuffer received = random.nextBoolean() ? ByteBuffer.allocateDirect(9000) : ByteBuffer.allocate(9000);
        int other = random.nextInt(70);
        received.position(other).put(sent).flip().position(other);
        ByteBuffer read = random.nextBoolean() ? received : received.asReadOnlyBuffer();
        assertSame(read(SERIALIZER.fromBinary(read, "P")), packet, "seed " + seed);
        assertThat(read.hasRemaining()).isFalse();
    }

    /** The wire contract: another version of Millrace sends these bytes. */
    @Test
    void bytesOfAnActivation() {
        Tensor tensor = Tensor.of(Arena.ofAuto(), Shape.of(1, 2), 1.5f, -0f);
        byte[] bytes = SERIALIZER.toBinary(new FromRank(new Activation(3, 1, 938, 2, tensor)));
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo(
                        "15000000" // 21 bytes of header
                                + "0a13" // a packet
                                + "0803" + "1001" + "1801" // run epoch 3, kind activation, stage 1
                                + "2206" + "0801" + "12020102" // tensor: F32, 1x2
                                + "28aa07" + "3002" // step 938, micro-batch 2
                                + "0000c03f" + "00000080");
    }

    @Test
    void manifestsAndIdentifier() {
        Tensor tensor = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(1));
        assertThat(SERIALIZER.identifier()).isEqualTo(1001);
        assertThat(SERIALIZER.manifest(new FromRank(new Activation(1, 0, 0, 0, tensor))))
                .isEqualTo("P");
        assertThat(SERIALIZER.manifest(new FromRank(new ChunkDone(new EvaluationId(1, "test", 6), 3))))
                .isEqualTo("P");
    }

    @Test
    void aCredit() throws NotSerializableException {
        ChunkDone credit = new ChunkDone(new EvaluationId(7, "größe", 21), 3);
        byte[] bytes = SERIALIZER.toBinary(new FromRank(credit));
        assertThat(SERIALIZER.fromBinary(bytes, "P")).isEqualTo(new FromRank(credit));
    }

    private static Packet read(Object message) {
        return (Packet) ((FromRank) message).message();
    }

    @Test
    void parsedTensorsAreAligned() throws NotSerializableException {
        Packet packet = packet(new Random(1));
        byte[] bytes = SERIALIZER.toBinary(new FromRank(packet));
        Packet arrived = read(SERIALIZER.fromBinary(bytes, "P"));
        assertThat(arrived.tensor().memory().address() % Memory.ALIGNMENT).isZero();
    }

    @Test
    void anotherMessage() {
        String expected = "message: " + RankProtocol.Drain.class.getName()
                + " (expected: one with an entry in Codecs); add one, or bind another serializer to it";
        RankProtocol.Drain message = new RankProtocol.Drain();
        assertThatThrownBy(() -> SERIALIZER.manifest(message))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(expected);
        assertThatThrownBy(() -> SERIALIZER.toBinary(message))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(expected);
    }

    private static Packet packet(Random random) {
        ElementType[] types = ElementType.values();
        ElementType type = types[random.nextInt(types.length)];
        Tensor tensor = RandomTensor.of(random, type, RandomTensor.shape(random));
        long epoch = random.nextLong(Long.MAX_VALUE);
        int stage = random.nextInt(Integer.MAX_VALUE);
        long step = random.nextLong(Long.MAX_VALUE);
        int number = random.nextInt(Integer.MAX_VALUE);
        return switch (random.nextInt(7)) {
            case 0 -> new Activation(epoch, stage, step, number, tensor);
            case 1 -> new ErrorDelta(epoch, stage, step, number, tensor);
            case 2 -> new TiedGradient(epoch, stage, step, tensor);
            case 3 -> new ReplicaGradient(epoch, stage, number, random.nextInt(9), step, tensor);
            case 5 -> new ReplicaStatistics(epoch, stage, number, step, tensor);
            case 4 -> new ReplicaSum(epoch, stage, number, random.nextInt(9), step, tensor);
            default -> new EvaluationActivation(epoch, stage, new EvaluationId(epoch, "größe", step), number, tensor);
        };
    }

    private static void assertSame(Packet arrived, Packet sent, String seed) {
        assertThat(arrived)
                .as(seed)
                .usingRecursiveComparison()
                .ignoringFields("tensor")
                .isEqualTo(sent);
        assertThat(arrived.tensor()).as(seed).isNotSameAs(sent.tensor());
        assertThat(arrived.tensor().type()).as(seed).isEqualTo(sent.tensor().type());
        assertThat(arrived.tensor().shape()).as(seed).isEqualTo(sent.tensor().shape());
        assertThat(RandomTensor.bits(arrived.tensor())).as(seed).isEqualTo(RandomTensor.bits(sent.tensor()));
    }
}
