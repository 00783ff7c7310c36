package millrace.nn.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Buffers of one size that are used again and again, so that training in steady state allocates nothing big. Buffers
 * are made on first need, never more than the limit, which is the schedule's known peak: needing more is an error in
 * the caller, not a reason to grow. Safe for use by several threads, because the receiver of a message gives the
 * buffer back.
 */
public final class TensorPool {
    private final String name;
    private final Arena arena;
    private final long capacity;
    private final int limit;
    private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
    private int made;

    /**
     * An empty pool.
     *
     * @param name said in errors
     * @param arena where buffers are allocated; closing it ends the pool
     * @param capacity elements of four bytes that a buffer has room for; of narrower ones it has room for more
     * @param limit the most buffers that may be in use at once
     */
    public TensorPool(String name, Arena arena, long capacity, int limit) {
        this.name = name;
        this.arena = arena;
        this.capacity = capacity;
        this.limit = limit;
    }

    /**
     * A tensor whose elements are undefined, with one hold.
     *
     * @throws IllegalStateException when the shape does not fit, or when all buffers are in use
     */
    public Tensor take(ElementType type, Shape shape) {
        long bytes = shape.size() * type.bytes();
        long most = capacity * ElementType.MOST_BYTES;
        if (bytes > most) {
            throw new IllegalStateException(name + ": shape " + shape + " (expected: at most " + most / type.bytes()
                    + " elements, the pool's buffer size)");
        }
        MemorySegment buffer;
        synchronized (free) {
            if (free.isEmpty() && made == limit) {
                throw new IllegalStateException(
                        name + ": " + made + " buffers in use (expected: at most " + limit + ", the schedule's peak)");
            }
            if (free.isEmpty()) {
                free.push(Memory.allocate(arena, capacity));
                made++;
            }
            buffer = free.pop();
        }
        MemorySegment memory = bytes == most ? buffer : buffer.asSlice(0, bytes);
        return new Tensor(memory, type, shape, new Lease(buffer));
    }

    /** Buffers that somebody still holds; 0 when nothing leaked. */
    public int inUse() {
        synchronized (free) {
            return made - free.size();
        }
    }

    /** Buffers made so far: the most that were ever in use at once. */
    public int peak() {
        synchronized (free) {
            return made;
        }
    }

    /** What errors call it. */
    public String name() {
        return name;
    }

    /** One buffer on loan, and how many hold it. */
    final class Lease {
        private final MemorySegment buffer;
        private final AtomicInteger holders = new AtomicInteger(1);

        private Lease(MemorySegment buffer) {
            this.buffer = buffer;
        }

        void retain() {
            // a refused hold must not count: its release would return the buffer a second time
            if (holders.getAndUpdate(n -> n > 0 ? n + 1 : n) <= 0) {
                throw new IllegalStateException(name + ": buffer retained after its last release");
            }
        }

        void release() {
            int left = holders.decrementAndGet();
            if (left < 0) {
                throw new IllegalStateException(name + ": buffer released more often than held");
            }
            if (left == 0) {
                synchronized (free) {
                    free.push(buffer);
                }
            }
        }
    }
}
