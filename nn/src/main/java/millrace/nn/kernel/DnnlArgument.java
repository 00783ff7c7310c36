package millrace.nn.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.nn.tensor.Memory;
import org.jspecify.annotations.Nullable;

/** An argument of a primitive that may want it in another layout or type than ours: then it is copied over or back. */
final class DnnlArgument {
    private final @Nullable DnnlPrimitive over;
    private final @Nullable DnnlPrimitive back;
    private final MemorySegment copy;

    /**
     * @param ours the layout of our memory
     * @param wanted the layout that the primitive has chosen
     */
    DnnlArgument(DnnlApi api, Arena arena, MemorySegment ours, MemorySegment wanted) {
        if (api.equal(ours, wanted)) {
            over = null;
            back = null;
            copy = MemorySegment.NULL;
        } else {
            over = DnnlPrimitive.reorder(api, arena, ours, wanted);
            back = DnnlPrimitive.reorder(api, arena, wanted, ours);
            copy = Memory.allocate(arena, (api.bytes(wanted) + Float.BYTES - 1) / Float.BYTES);
        }
    }

    /** What the primitive reads for our memory. */
    MemorySegment read(MemorySegment stream, MemorySegment ours) {
        if (over == null) {
            return ours;
        }
        over.run(stream, ours, copy);
        return copy;
    }

    /** Where the primitive writes what shall come to our memory. */
    MemorySegment written(MemorySegment ours) {
        return over == null ? ours : copy;
    }

    /** Brings what the primitive has written to our memory. */
    void finish(MemorySegment stream, MemorySegment ours) {
        if (back != null) {
            back.run(stream, copy, ours);
        }
    }

    void close() {
        if (over != null) {
            over.close();
        }
        if (back != null) {
            back.close();
        }
    }
}
