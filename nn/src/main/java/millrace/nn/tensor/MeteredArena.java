package millrace.nn.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/** An arena that knows how much was allocated in it, so that what a stage was planned to hold can be compared with what it holds. */
public final class MeteredArena implements Arena {
    private final Arena arena = Arena.ofShared();
    private final AtomicLong bytes = new AtomicLong();

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        MemorySegment memory = arena.allocate(byteSize, byteAlignment);
        bytes.addAndGet(byteSize);
        return memory;
    }

    /** Counts memory that lives as long and comes from elsewhere. */
    void count(long byteSize) {
        bytes.addAndGet(byteSize);
    }

    /** Bytes allocated so far, without what alignment and pages add; an arena gives nothing back before it is closed. */
    public long allocatedBytes() {
        return bytes.get();
    }

    @Override
    public MemorySegment.Scope scope() {
        return arena.scope();
    }

    @Override
    public void close() {
        arena.close();
    }
}
