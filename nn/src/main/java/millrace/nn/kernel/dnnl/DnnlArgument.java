package millrace.nn.kernel.dnnl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.nn.tensor.Memory;
import org.jspecify.annotations.Nullable;

/** An argument of a primitive that may want it in another layout or type than ours: then it is copied over or back. */
final class DnnlArgument {
    private final DnnlApi api;
    private final Arena arena;
    private final MemorySegment ours;
    private final MemorySegment wanted;
    private final MemorySegment copy;
    private @Nullable DnnlPrimitive over;
    private @Nullable DnnlPrimitive back;

    /**
     * @param ours the layout of our memory
     * @param wanted the layout that the primitive has chosen
     */
    DnnlArgument(DnnlApi api, Arena arena, MemorySegment ours, MemorySegment wanted) {
        this.api = api;
        this.arena = arena;
        this.ours = ours;
        this.wanted = wanted;
        this.copy = api.equal(ours, wanted)
                ? MemorySegment.NULL
                : Memory.allocate(arena, (api.bytes(wanted) + Float.BYTES - 1) / Float.BYTES);
    }

    private boolean isCopied() {
        return copy.address() != 0;
    }

    /** What the primitive reads for our memory. */
    MemorySegment read(MemorySegment stream, MemorySegment memory) {
        if (!isCopied()) {
            return memory;
        }
        if (over == null) {
            over = DnnlPrimitive.reorder(api, arena, ours, wanted);
        }
        over.run(stream, memory, copy);
        return copy;
    }

    /** Where the primitive writes what shall come to our memory. */
    MemorySegment written(MemorySegment memory) {
        return isCopied() ? copy : memory;
    }

    /** Brings what the primitive has written to our memory. */
    void finish(MemorySegment stream, MemorySegment memory) {
        if (isCopied()) {
            if (back == null) {
                back = DnnlPrimitive.reorder(api, arena, wanted, ours);
            }
            back.run(stream, copy, memory);
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
