package millrace.actors.wire;

import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import millrace.nn.tensor.ElementType;

/**
 * Raw payloads. Elements are copied as integers of their size, whatever they are, which keeps every bit of a NaN; on a
 * little-endian machine that is one block copy, on others the JDK swaps the bytes on the way.
 */
final class Elements {
    private static final ValueLayout.OfInt WIRE = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfShort SHORT_WIRE =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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

    /** From the memory of a tensor of that type to the wire. */
    static void write(ElementType type, MemorySegment memory, long from, MemorySegment target, long at, long bytes) {
        long elements = bytes / type.bytes();
        switch (type) {
            case F32, I32 -> MemorySegment.copy(memory, ValueLayout.JAVA_INT, from, target, WIRE, at, elements);
            case BF16 -> MemorySegment.copy(memory, ValueLayout.JAVA_SHORT, from, target, SHORT_WIRE, at, elements);
        }
    }

    /** From the wire to the memory of a tensor of that type, which it fills. */
    static void read(ElementType type, MemorySegment payload, MemorySegment memory) {
        long elements = memory.byteSize() / type.bytes();
        switch (type) {
            case F32, I32 -> MemorySegment.copy(payload, WIRE, 0, memory, ValueLayout.JAVA_INT, 0, elements);
            case BF16 -> MemorySegment.copy(payload, SHORT_WIRE, 0, memory, ValueLayout.JAVA_SHORT, 0, elements);
        }
    }
}
