package millrace.actors.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.NotSerializableException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.actors.rank.ChunkDone;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet;
import millrace.nn.tensor.Tensor;
import millrace.proto.v1.LineHeader;
import org.jspecify.annotations.Nullable;

/**
 * A message of the line as bytes: length of the header (int32, little-endian), header ({@link LineHeader}), and of a packet
 * the tensor's elements, row-major and little-endian, which go straight between the tensor's memory and the buffer. The
 * bytes say all about themselves but their own length, so that they can also travel over a plain socket.
 */
final class LineMessageBytes implements Encoded {
    private final byte[] header;
    // null for a message without one
    private final @Nullable Tensor tensor;

    private LineMessageBytes(byte[] header, @Nullable Tensor tensor) {
        this.header = header;
        this.tensor = tensor;
    }

    static LineMessageBytes of(LineMessage message) {
        LineHeader.Builder header = LineHeader.newBuilder();
        Tensor tensor = null;
        switch (message) {
            case Packet packet -> {
                header.setPacket(PacketHeader.of(packet));
                tensor = packet.tensor();
            }
            case ChunkDone done -> header.setCredit(FrameClaim.message(done));
        }
        return new LineMessageBytes(header.build().toByteArray(), tensor);
    }

    @Override
    public long bytes() {
        return Integer.BYTES + header.length + payload();
    }

    private long payload() {
        return tensor == null ? 0 : tensor.memory().byteSize();
    }

    @Override
    public void writeTo(MemorySegment target) {
        Elements.setLength(target, header.length);
        MemorySegment.copy(header, 0, target, ValueLayout.JAVA_BYTE, Integer.BYTES, header.length);
        if (tensor != null) {
            long at = (long) Integer.BYTES + header.length;
            Elements.write(tensor.type(), tensor.memory(), 0, target, at, payload());
        }
    }

    /**
     * Parses a message that fills the segment; a packet's tensor has memory that lives as long as it is reachable.
     *
     * @throws NotSerializableException on anything but a whole, valid message
     */
    static LineMessage message(MemorySegment bytes) throws NotSerializableException {
        int length = Elements.headerLength(bytes);
        LineHeader header = parsed(bytes.asSlice(Integer.BYTES, length));
        MemorySegment payload = bytes.asSlice((long) Integer.BYTES + length);
        return switch (header.getContentCase()) {
            case PACKET -> packet(PacketHeader.checked(header.getPacket()), payload);
            case CREDIT -> {
                requireBytes(payload, 0, "a credit");
                yield FrameClaim.credit(header.getCredit());
            }
            case CONTENT_NOT_SET -> throw Malformed.of("content", "none", "a packet or a credit");
        };
    }

    private static Packet packet(PacketHeader header, MemorySegment payload) throws NotSerializableException {
        requireBytes(payload, header.payloadBytes(), "shape " + header.shape());
        Tensor tensor = Tensor.zeros(Arena.ofAuto(), header.type(), header.shape());
        Elements.read(header.type(), payload, tensor.memory());
        return header.packet(tensor);
    }

    private static void requireBytes(MemorySegment payload, long expected, String of) throws NotSerializableException {
        if (payload.byteSize() != expected) {
            throw Malformed.of("payload", payload.byteSize() + " bytes", expected + " for " + of);
        }
    }

    private static LineHeader parsed(MemorySegment header) throws NotSerializableException {
        try {
            return LineHeader.parseFrom(header.asByteBuffer());
        } catch (InvalidProtocolBufferException e) {
            throw Malformed.of("header", e.toString(), "a LineHeader");
        }
    }
}
