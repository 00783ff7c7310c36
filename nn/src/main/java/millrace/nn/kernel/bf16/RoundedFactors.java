package millrace.nn.kernel.bf16;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.nn.tensor.Memory;

/** Room for the two rounded factors of a product, one for each thread, as large as the largest product so far. */
final class RoundedFactors {
    private static final ThreadLocal<RoundedFactors> OF_THREAD = ThreadLocal.withInitial(RoundedFactors::new);
    private static final int LINE = 16;

    private final MemorySegment[] memory = {MemorySegment.NULL, MemorySegment.NULL};

    private RoundedFactors() {}

    static RoundedFactors ofThread() {
        return OF_THREAD.get();
    }

    /**
     * A factor's rows, rounded, {@link #stride} apart.
     *
     * @param factor which of the two: 0 or 1
     */
    MemorySegment rows(int factor, MemorySegment from, int rows, int columns, long stride) {
        long wide = stride(columns);
        MemorySegment to = room(factor, rows * wide);
        for (int row = 0; row < rows; row++) {
            Bf16.round(from, row * stride, to, row * wide, columns);
        }
        return to;
    }

    /** A factor without gaps, rounded. */
    MemorySegment packed(int factor, MemorySegment from, long elements) {
        MemorySegment to = room(factor, elements);
        Bf16.round(from, 0, to, 0, elements);
        return to;
    }

    /** Between rounded rows: whole cache lines and one more, so that columns do not share few sets of the cache. */
    static long stride(int columns) {
        return (columns + LINE - 1) / LINE * (long) LINE + LINE;
    }

    private MemorySegment room(int factor, long elements) {
        if (memory[factor].byteSize() < elements * Float.BYTES) {
            memory[factor] = Memory.allocate(Arena.ofAuto(), elements);
        }
        return memory[factor];
    }
}
