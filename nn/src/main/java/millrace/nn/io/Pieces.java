package millrace.nn.io;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Memory as buffers that share it: one buffer reaches at most 2 GiB, so larger memory needs several. */
final class Pieces {
    /** Bytes of the largest piece. */
    static final long LARGEST = 1 << 30;
    /** Bytes of a piece that is read a second time from a cache. */
    static final long OF_CACHE = 1 << 18;

    private Pieces() {}

    /**
     * The memory's bytes from first to last, without a copy; nothing for empty memory.
     *
     * @param largest bytes of every piece but the last
     * @throws IllegalStateException on a machine that keeps numbers in another byte order than the file
     */
    static List<ByteBuffer> of(MemorySegment memory, long largest) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalStateException("byte order: big-endian (expected: little-endian, as on x86 and ARM)");
        }
        List<ByteBuffer> pieces = new ArrayList<>();
        for (long from = 0; from < memory.byteSize(); from += largest) {
            pieces.add(memory.asSlice(from, Math.min(largest, memory.byteSize() - from))
                    .asByteBuffer());
        }
        return pieces;
    }
}
