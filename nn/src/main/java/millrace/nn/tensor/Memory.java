package millrace.nn.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Off-heap allocation as every kernel here expects it: zeroed and aligned to a cache line. Large blocks come from Linux in
 * huge pages: whoever reads rows in any order, or walks down the columns of a weight matrix, touches a page a row, and with
 * pages of 4 KiB it waits for address translation (docs/decisions/onednn.md).
 */
public final class Memory {
    /** A cache line, and the width of the widest vector register. */
    public static final int ALIGNMENT = 64;

    private Memory() {}

    /**
     * Zeroed memory for {@code elements} values of four bytes.
     *
     * @throws OutOfMemoryError when there is not so much
     */
    public static MemorySegment allocate(Arena arena, long elements) {
        long bytes = elements * ElementType.MOST_BYTES;
        if (bytes < HugePages.SIZE || !HugePages.arePresent()) {
            return arena.allocate(bytes, ALIGNMENT);
        }
        MemorySegment memory = HugePages.allocate(arena, bytes);
        if (arena instanceof MeteredArena metered) {
            metered.count(bytes);
        }
        return memory;
    }
}
