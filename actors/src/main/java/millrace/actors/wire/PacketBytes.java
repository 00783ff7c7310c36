package millrace.actors.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.NotSerializableException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.actors.stage.StageProtocol.Packet;
import millrace.nn.tensor.Tensor;
import millrace.proto.v1.StageMessage;

/**
 * A packet as bytes: length of the header (int32, little-endian), header ({@link StageMessage}), and the tensor's
 * elements, row-major and little-endian, which go straight between the tensor's memory and the buffer. A frame says all
 * about itself but its own length, so that it can also travel over a plain socket.
 */
final class PacketBytes implements Encoded {
    private final byte[] header;
    private final Tensor tensor;

    PacketBytes(StageMessage header, Tensor tensor) {
        this.header = header.toByteArray();
        this.tensor = tensor;
    }

    @Override
    public long bytes() {
        return Integer.BYTES + header.length + tensor.memory().byteSize();
    }

    @Override
    public void writeTo(MemorySegment target) {
        Elements.setLength(target, header.length);
        MemorySegment.copy(header, 0, target, ValueLayout.JAVA_BYTE, Integer.BYTES, header.length);
        long payload = (long) Integer.BYTES + header.length;
        Elements.write(tensor.memory(), 0, target, payload, tensor.memory().byteSize());
    }

    /**
     * Parses a frame that fills the segment; the tensor's memory lives as long as it is reachable.
     *
     * @throws NotSerializableException on anything but a whole, valid frame
     */
    static Packet packet(MemorySegment frame) throws NotSerializableException {
        int length = Elements.headerLength(frame);
        PacketHeader header = PacketHeader.checked(parsed(frame.asSlice(Integer.BYTES, length)));
        MemorySegment payload = frame.asSlice((long) Integer.BYTES + length);
        long expected = header.payloadBytes();
        if (payload.byteSize() != expected) {
            throw Malformed.of("payload", payload.byteSize() + " bytes", expected + " for shape " + header.shape());
        }
        Tensor tensor = Tensor.zeros(Arena.ofAuto(), header.type(), header.shape());
        Elements.read(payload, tensor.memory());
        return header.packet(tensor);
    }

    private static StageMessage parsed(MemorySegment header) throws NotSerializableException {
        try {
            return StageMessage.parseFrom(header.asByteBuffer());
        } catch (InvalidProtocolBufferException e) {
            throw Malformed.of("header", e.toString(), "a StageMessage");
        }
    }
}
