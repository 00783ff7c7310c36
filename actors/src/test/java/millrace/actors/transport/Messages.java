package millrace.actors.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import millrace.actors.rank.ChunkDone;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.Packet.ErrorDelta;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.rank.Packet.ReplicaGradient;
import millrace.actors.rank.Packet.ReplicaStatistics;
import millrace.actors.rank.Packet.ReplicaSum;
import millrace.actors.rank.Packet.TiedGradient;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Messages that are functions of a number, so that who gets them knows what they must be. */
final class Messages {
    private static final long EPOCH = 7;

    private Messages() {}

    /** The {@code n}th message: mostly packets of some size up to {@code most} elements, some credits. */
    static LineMessage message(long seed, int n, int most, TensorMemory memory) {
        Random random = random(seed, n);
        int kind = random.nextInt(9);
        if (kind == 0) {
            return new ChunkDone(new EvaluationId(n, "test", 2L * n), n);
        }
        Shape shape = random.nextInt(9) == 0 ? Shape.of(0, 3) : Shape.of(1 + random.nextInt(most));
        Tensor tensor = memory.take(random.nextBoolean() ? ElementType.F32 : ElementType.I32, shape);
        for (long i = 0; i < shape.size(); i++) {
            tensor.memory().setAtIndex(ValueLayout.JAVA_INT, i, element(n, i));
        }
        return switch (kind) {
            case 1 -> new EvaluationActivation(EPOCH, 1, new EvaluationId(n, "größe", 3L * n), n, tensor);
            case 2 -> new TiedGradient(EPOCH, 1, n, tensor);
            case 3 -> new ErrorDelta(EPOCH, 1, n, 2, tensor);
            case 4 -> new ReplicaGradient(EPOCH, 1, 5, 1, n, tensor);
            case 5 -> new ReplicaSum(EPOCH, 1, 5, 1, n, tensor);
            case 6 -> new ReplicaStatistics(EPOCH, 1, 1, n, tensor);
            default -> new Activation(EPOCH, 1, n, 3, tensor);
        };
    }

    private static Random random(long seed, int n) {
        return new Random(seed * 1_000_003 + n);
    }

    private static int element(int n, long i) {
        return (int) ((n + 1) * 0x9E3779B9L + i * 0x85EBCA6BL);
    }

    /** Checks that it is the {@code n}th message to the bit, and gives up its hold. */
    static void assertMessage(LineMessage arrived, long seed, int n, int most) {
        TensorMemory memory = new TensorMemory();
        LineMessage expected = message(seed, n, most, memory);
        assertThat(arrived)
                .as("message %s of seed %s", n, seed)
                .usingRecursiveComparison()
                .ignoringFields("tensor")
                .isEqualTo(expected);
        if (arrived instanceof Packet packet && expected instanceof Packet reference) {
            assertThat(packet.tensor().type()).isEqualTo(reference.tensor().type());
            assertThat(packet.tensor().shape()).isEqualTo(reference.tensor().shape());
            assertThat(packet.tensor().memory().mismatch(reference.tensor().memory()))
                    .as("message %s of seed %s", n, seed)
                    .isEqualTo(-1);
            packet.tensor().release();
        }
    }
}
