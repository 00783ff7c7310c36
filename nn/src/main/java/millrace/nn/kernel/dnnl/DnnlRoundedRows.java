package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import millrace.nn.tensor.Memory;

/** Rows of activations or deltas rounded to bfloat16, one behind the other without gaps. */
final class DnnlRoundedRows {
    private record Source(int rows, long stride) {}

    private final DnnlProducts products;
    private final int columns;
    private final int capacity;
    private final Map<Source, DnnlPrimitive> reorders = new HashMap<>();
    private MemorySegment memory = MemorySegment.NULL;

    /**
     * @param capacity rows that there is room for, one behind the other; more of them only at once
     */
    DnnlRoundedRows(DnnlProducts products, int columns, int capacity) {
        this.products = products;
        this.columns = columns;
        this.capacity = capacity;
    }

    MemorySegment memory() {
        return memory;
    }

    long bytes() {
        return memory.byteSize();
    }

    /** Rounds rows and puts them behind so many that are there, or in place of all. */
    void put(int before, int rows, MemorySegment from, long stride) {
        long row = (long) columns * Short.BYTES;
        if (memory.byteSize() < (before + rows) * row) {
            // the one before lives on, until all is closed: there are few sizes
            long bytes = Math.max(before + rows, capacity) * row;
            memory = Memory.allocate(products.arena(), (bytes + Float.BYTES - 1) / Float.BYTES);
        }
        DnnlPrimitive reorder = reorders.computeIfAbsent(new Source(rows, stride), this::reorder);
        products.run(reorder, from, memory.asSlice(before * row));
    }

    private DnnlPrimitive reorder(Source source) {
        return products.reorder(
                products.matrix(DnnlApi.F32, source.rows, columns, source.stride, 1),
                products.rows(DnnlApi.BF16, source.rows, columns));
    }
}
