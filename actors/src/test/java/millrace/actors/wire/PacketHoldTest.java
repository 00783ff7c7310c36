package millrace.actors.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.NotSerializableException;
import java.lang.foreign.Arena;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import millrace.actors.rank.Packet;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import org.junit.jupiter.api.Test;

/** The hold that a packet owns is given up when the packet has become bytes, and not before. */
class PacketHoldTest {
    private static final Shape SHAPE = Shape.of(2, 3);

    private final WireSerializer serializer = new WireSerializer(new Codecs(List.of(new FromRankCodec())));
    private final TensorPool pool = new TensorPool("activations", Arena.ofAuto(), 6, 1);

    @Test
    void givenUpAfterAnArray() throws NotSerializableException {
        Packet packet = packet();
        byte[] sent = RandomTensor.bits(packet.tensor());
        byte[] bytes = serializer.toBinary(new FromRank(packet));
        assertThat(pool.inUse()).isZero();

        // the sender's next micro-batch takes the same buffer: what arrives must not change
        RandomTensor.fill(new Random(2), pool.take(ElementType.F32, SHAPE));
        Packet arrived = (Packet) ((FromRank) serializer.fromBinary(bytes, "P")).message();
        assertThat(RandomTensor.bits(arrived.tensor())).isEqualTo(sent);
        arrived.tensor().release();
    }

    @Test
    void givenUpAfterABuffer() {
        serializer.toBinary(new FromRank(packet()), ByteBuffer.allocate(100));
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void keptForOtherHolders() {
        Packet packet = packet();
        packet.tensor().retain();
        serializer.toBinary(new FromRank(packet), ByteBuffer.allocate(100));
        assertThat(pool.inUse()).isOne();
        packet.tensor().release();
        assertThat(pool.inUse()).isZero();
    }

    /** Artery knows the exception for an oversized message; the packet can still go into a longer buffer. */
    @Test
    void keptWhenTheBufferIsTooShort() {
        Packet packet = packet();
        ByteBuffer shortBuffer = ByteBuffer.allocate(30);
        shortBuffer.position(4);
        assertThatThrownBy(() -> serializer.toBinary(new FromRank(packet), shortBuffer))
                .isInstanceOf(BufferOverflowException.class);
        assertThat(shortBuffer.position()).isEqualTo(4);
        assertThat(shortBuffer.array()).containsOnly(0);
        assertThat(pool.inUse()).isOne();
        serializer.toBinary(new FromRank(packet), ByteBuffer.allocate(100));
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aSecondSerializationIsNoticed() {
        Packet packet = packet();
        serializer.toBinary(new FromRank(packet), ByteBuffer.allocate(100));
        assertThatThrownBy(() -> serializer.toBinary(new FromRank(packet)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("activations: buffer released more often than held");
    }

    private Packet packet() {
        Tensor tensor = pool.take(ElementType.F32, SHAPE);
        RandomTensor.fill(new Random(1), tensor);
        return new Activation(1, 1, 0, 0, tensor);
    }
}
