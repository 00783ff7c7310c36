package millrace.nn.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.nn.tensor.Memory;

/** Room for copies of up to {@link GatheredRows#MOST} rows, as many as have ever been there at once. */
final class HeldRows {
    private final int columns;
    private final long stride;
    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;
    private int room;

    /**
     * @param stride floats from one row to the next
     */
    HeldRows(int columns, long stride) {
        this.columns = columns;
        this.stride = stride;
    }

    MemorySegment memory() {
        return memory;
    }

    long stride() {
        return stride;
    }

    long bytes() {
        return room * stride * Float.BYTES;
    }

    /** Copies rows behind so many that are there. */
    void put(int before, int rows, MemorySegment from, long fromStride) {
        if (before + rows > room) {
            grow(Math.min(GatheredRows.MOST, Math.max(before + rows, 2 * room)), before);
        }
        if (stride == columns && fromStride == columns) {
            copy(from, 0, before, (long) rows * columns);
            return;
        }
        for (int row = 0; row < rows; row++) {
            copy(from, row * fromStride, before + row, columns);
        }
    }

    private void copy(MemorySegment from, long at, int row, long floats) {
        MemorySegment.copy(from, at * Float.BYTES, memory, row * stride * Float.BYTES, floats * Float.BYTES);
    }

    private void grow(int rows, int kept) {
        Arena larger = Arena.ofShared();
        MemorySegment grown = Memory.allocate(larger, rows * stride);
        MemorySegment.copy(memory, 0, grown, 0, kept * stride * Float.BYTES);
        close();
        arena = larger;
        memory = grown;
        room = rows;
    }

    void close() {
        arena.close();
    }
}
