package millrace.nn.layer;

import java.lang.foreign.MemorySegment;
import millrace.nn.tensor.Memory;

/** Memory handed out piece by piece, in the order of the calls. */
final class Workspace {
    // pieces begin at a cache line, which vectors and products like
    private static final long LINE = Memory.ALIGNMENT / Float.BYTES;

    private final MemorySegment memory;
    private long next;

    Workspace(MemorySegment memory) {
        this.memory = memory;
    }

    /** The next so many floats. */
    MemorySegment take(long floats) {
        MemorySegment piece = memory.asSlice(next * Float.BYTES, floats * Float.BYTES);
        next += rounded(floats);
        return piece;
    }

    /** Floats that pieces of these sizes take together. */
    static long size(long... pieces) {
        long sum = 0;
        for (long piece : pieces) {
            sum += rounded(piece);
        }
        return sum;
    }

    private static long rounded(long floats) {
        return (floats + LINE - 1) / LINE * LINE;
    }

    /** So many floats of a piece, from one on. */
    static MemorySegment part(MemorySegment piece, long first, long floats) {
        return piece.asSlice(first * Float.BYTES, floats * Float.BYTES);
    }
}
