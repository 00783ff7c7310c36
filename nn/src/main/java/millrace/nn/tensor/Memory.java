package millrace.nn.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Off-heap allocation as every kernel here expects it: zeroed and aligned to a cache line. */
public final class Memory {
    /** A cache line, and the width of the widest vector register. */
    public static final int ALIGNMENT = 64;

    private Memory() {}

    /** Zeroed memory for {@code elements} values of four bytes. */
    public static MemorySegment allocate(Arena arena, long elements) {
        return arena.allocate(elements * ElementType.BYTES, ALIGNMENT);
    }
}
