package millrace.actors.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.Packet;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.Packet.ErrorDelta;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.rank.Packet.ReplicaGradient;
import millrace.actors.rank.Packet.ReplicaStatistics;
import millrace.actors.rank.Packet.ReplicaSum;
import millrace.actors.rank.Packet.TiedGradient;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.proto.v1.ChunkCredit;
import millrace.proto.v1.EvaluationChunk;
import millrace.proto.v1.LineHeader;
import millrace.proto.v1.StageMessage;
import millrace.proto.v1.StageMessage.Kind;
import millrace.proto.v1.TensorHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes from the network is a packet or a NotSerializableException in one line: nothing else. */
class MalformedPacketTest {
    private static final int MUTATIONS = 100;

    private final WireSerializer serializer = new WireSerializer(new Codecs(List.of(new FromRankCodec())));

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void mutatedBytes(long seed) {
        Random random = new Random(seed);
        Tensor tensor = RandomTensor.of(random, ElementType.F32, Shape.of(3, 1, 2));
        for (Packet packet : List.of(
                new Activation(1, 2, 300, 4, tensor),
                new ErrorDelta(1, 2, 300, 4, tensor),
                new TiedGradient(1, 2, 300, tensor),
                new ReplicaGradient(1, 2, 3, 1, 300, tensor),
                new ReplicaSum(1, 2, 3, 1, 300, tensor),
                new ReplicaStatistics(1, 2, 1, 300, tensor),
                new EvaluationActivation(1, 2, new EvaluationId(3, "test", 12), 4, tensor))) {
            byte[] valid = serializer.toBinary(new FromRank(packet));
            for (int i = 0; i < MUTATIONS; i++) {
                byte[] bytes = mutated(valid, random);
                String description = "seed " + seed + ", mutation " + i + " of " + packet;
                Throwable fromArray = catchThrowable(() -> serializer.fromBinary(bytes, "P"));
                ByteBuffer direct =
                        ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
                Throwable fromBuffer = catchThrowable(() -> serializer.fromBinary(direct, "P"));
                assertThat(String.valueOf(fromBuffer)).as(description).isEqualTo(String.valueOf(fromArray));
                if (fromArray != null) {
                    assertRefused(fromArray, description);
                }
            }
        }
    }

    /** Most mutations at the start, where the lengths, the shape and the numbers are. */
    private static byte[] mutated(byte[] valid, Random random) {
        byte[] bytes = valid.clone();
        for (int n = random.nextInt(3); n >= 0; n--) {
            int at = random.nextInt(random.nextBoolean() ? bytes.length : 24);
            bytes[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (bytes[at] ^ 1 << random.nextInt(8));
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 8)) : bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "B", "a", "AA"})
    void unknownManifest(String manifest) {
        assertMalformed(frame(_ -> {}, 8), manifest, "manifest: " + manifest + " (expected: one of P)");
    }

    @Test
    void neitherAPacketNorACredit() {
        assertMalformed(new byte[4], "P", "content: none (expected: a packet or a credit)");
        byte[] credit = LineHeader.newBuilder()
                .setCredit(ChunkCredit.newBuilder().setNumber(-1))
                .build()
                .toByteArray();
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES + credit.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(credit.length)
                .put(credit)
                .array();
        assertMalformed(bytes, "P", "credit: -1, 0 (expected: 0 or more)");
    }

    @ParameterizedTest
    @CsvSource({"-1", "-2147483648", "9", "2147483647"})
    void headerLength(int length) {
        byte[] bytes = new byte[12];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(length);
        assertMalformed(bytes, "P", "header length: " + length + " (expected: 0 to 8, the rest of the frame)");
    }

    @Test
    void noHeader() {
        assertMalformed(new byte[3], "P", "frame: 3 bytes (expected: at least 4)");
        byte[] bytes = {2, 0, 0, 0, (byte) 0xff, (byte) 0xff};
        assertMalformed(bytes, "P", "header: com.google.protobuf.InvalidProtocolBufferException");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 7, 9, 12})
    void payloadOfAnotherSize(int bytes) {
        assertMalformed(frame(_ -> {}, bytes), "P", "payload: " + bytes + " bytes (expected: 8 for shape 1x2)");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, -1, 1000})
    void unknownElementType(int type) {
        byte[] bytes = frame(m -> m.setTensor(tensor(1, 2).setTypeValue(type)), 8);
        assertMalformed(bytes, "P", "element type: " + type + " (expected: 1 to 3)");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, -1})
    void unknownKind(int kind) {
        assertMalformed(frame(m -> m.setKindValue(kind), 8), "P", "kind: " + kind + " (expected: 1 to 7)");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, 1L << 31, Long.MAX_VALUE})
    void dimensionOutOfRange(long dimension) {
        byte[] bytes = frame(m -> m.setTensor(tensor(1, dimension)), 8);
        assertMalformed(bytes, "P", "dimension: " + dimension + " (expected: 0 to 2147483647)");
    }

    @Test
    void shapesThatOverflow() {
        // 2^62 elements are 2^64 bytes, which is 0 in 64 bits
        byte[] wrapsToNothing = frame(m -> m.setTensor(tensor(1 << 30, 1 << 30, 4)), 0);
        assertMalformed(wrapsToNothing, "P", "shape: 3 dimensions that overflow (expected: at most 2^63 bytes)");
        byte[] large = frame(m -> m.setTensor(tensor(1 << 30, 1 << 30)), 8);
        assertMalformed(large, "P", "payload: 8 bytes (expected: 4611686018427387904 for shape");
    }

    @Test
    void numbersBelowZero() {
        assertMalformed(frame(m -> m.setRunEpoch(-1), 8), "P", "run_epoch: -1 (expected: 0 or more)");
        assertMalformed(frame(m -> m.setStage(-2), 8), "P", "stage: -2 (expected: 0 or more)");
        assertMalformed(frame(m -> m.setStep(-3), 8), "P", "step: -3 (expected: 0 or more)");
        assertMalformed(frame(m -> m.setMicroBatch(-4), 8), "P", "micro_batch: -4 (expected: 0 or more)");
        assertMalformed(evaluation(EvaluationChunk.newBuilder().setNumber(-5)), "P", "number: -5 (expected: 0 or");
        assertMalformed(evaluation(EvaluationChunk.newBuilder().setChunk(-6)), "P", "chunk: -6 (expected: 0 or");
    }

    @Test
    void evaluationThatDoesNotFitTheKind() {
        byte[] without = frame(m -> m.setKind(Kind.KIND_EVALUATION_ACTIVATION), 8);
        assertMalformed(without, "P", "evaluation: none (expected: as the kind 3 has it)");
        byte[] with = frame(m -> m.setEvaluation(EvaluationChunk.getDefaultInstance()), 8);
        assertMalformed(with, "P", "evaluation: one (expected: as the kind 1 has it)");
    }

    private static byte[] evaluation(EvaluationChunk.Builder chunk) {
        return frame(m -> m.setKind(Kind.KIND_EVALUATION_ACTIVATION).setEvaluation(chunk), 8);
    }

    private static TensorHeader.Builder tensor(long... dimensions) {
        return TensorHeader.newBuilder()
                .setType(millrace.proto.v1.ElementType.ELEMENT_TYPE_F32)
                .addAllDimensions(Arrays.stream(dimensions).boxed().toList());
    }

    /** A valid activation of shape 1x2, changed, with a payload of zeros. */
    private static byte[] frame(Consumer<StageMessage.Builder> change, int payload) {
        StageMessage.Builder message = StageMessage.newBuilder()
                .setRunEpoch(1)
                .setKind(Kind.KIND_ACTIVATION)
                .setTensor(tensor(1, 2));
        change.accept(message);
        byte[] header = LineHeader.newBuilder().setPacket(message).build().toByteArray();
        return ByteBuffer.allocate(Integer.BYTES + header.length + payload)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(header.length)
                .put(header)
                .array();
    }

    private void assertMalformed(byte[] bytes, String manifest, String message) {
        assertThatThrownBy(() -> serializer.fromBinary(bytes, manifest))
                .satisfies(thrown -> assertRefused(thrown, "malformed"))
                .hasMessageStartingWith(message);
    }

    private static void assertRefused(Throwable thrown, String description) {
        assertThat(thrown).as(description).isInstanceOf(NotSerializableException.class);
        assertThat(thrown.getMessage())
                .as(description)
                .hasLineCount(1)
                .containsPattern("^[a-z_ ]+: .* \\(expected: .+\\); run the same version of Millrace on every node$");
    }
}
