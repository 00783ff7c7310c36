package millrace.actors.wire;

import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import millrace.nn.tensor.ElementType;

/**
 * Raw payloads. Elements are copied as integers of four bytes, whatever they are, which keeps every bit of a NaN; on a
 * little-endian machine that is one block copy, on others the JDK swaps the bytes on the way.
 */
final class Elements {
    private static final ValueLayout.OfInt WIRE = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Elements() {}

    /**
     * The length of a frame's header, as it stands before it.
     *
     * @throws NotSerializableException when the frame is shorter
     */
    static int headerLength(MemorySegment frame) throws NotSerializableException {
        if (frame.byteSize() < Integer.BYTES) {
            throw Malformed.of("frame", frame.byteSize() + " bytes", "at least " + Integer.BYTES);
        }
        long rest = frame.byteSize() - Integer.BYTES;
        int length = frame.get(WIRE, 0);
        if (length < 0 || length > rest) {
            throw Malformed.of("header length", length, "0 to " + rest + ", the rest of the frame");
        }
        return length;
    }

    static void setLength(MemorySegment bytes, int length) {
        bytes.set(WIRE, 0, length);
    }

    /** From a tensor's memory to the wire. */
    static void write(MemorySegment memory, long from, MemorySegment target, long at, long bytes) {
        MemorySegment.copy(memory, ValueLayout.JAVA_INT, from, target, WIRE, at, bytes / ElementType.BYTES);
    }

    /** From the wire to a tensor's memory, which it fills. */
    static void read(MemorySegment payload, MemorySegment memory) {
        MemorySegment.copy(payload, WIRE, 0, memory, ValueLayout.JAVA_INT, 0, memory.byteSize() / ElementType.BYTES);
    }
}
