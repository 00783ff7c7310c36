package millrace.nn.layer;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import millrace.nn.tensor.Memory;
import org.jspecify.annotations.Nullable;

/** Memory handed out piece by piece, in the order of the calls; or none, where only its size is asked for. */
final class Workspace {
    // pieces begin at a cache line, which vectors and products like
    private static final long LINE = Memory.ALIGNMENT / Float.BYTES;

    private final @Nullable MemorySegment memory;
    private long next;

    Workspace(@Nullable MemorySegment memory) {
        this.memory = memory;
    }

    /** The next so many floats. */
    MemorySegment take(long floats) {
        MemorySegment piece =
                memory == null ? MemorySegment.NULL : memory.asSlice(next * Float.BYTES, floats * Float.BYTES);
        next += rounded(floats);
        return piece;
    }

    /**
     * Floats of a workspace.
     *
     * @param pieces takes all of them
     */
    static long size(Consumer<Workspace> pieces) {
        Workspace counted = new Workspace(null);
        pieces.accept(counted);
        return counted.next;
    }

    private static long rounded(long floats) {
        return (floats + LINE - 1) / LINE * LINE;
    }

    /** So many floats of a piece, from one on. */
    static MemorySegment part(MemorySegment piece, long first, long floats) {
        return piece.asSlice(first * Float.BYTES, floats * Float.BYTES);
    }
}
