package millrace.actors.transport;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.TreeMap;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;

/**
 * Off-heap memory for the tensors that come in during a run: a pool for each of a few sizes, so that one micro-batch
 * after the other uses the same buffers. The memory is freed some time after nothing refers to it any more: a stage that
 * failed may leave tensors in its mailbox for ever.
 */
public final class TensorMemory {
    private static final long SMALLEST = 1024;
    private static final int CLASSES_A_DOUBLING = 4;

    private final Map<Long, TensorPool> pools = new TreeMap<>();

    /** A tensor whose elements are undefined, with one hold; with the last it comes back here. */
    public Tensor take(ElementType type, Shape shape) {
        long bytes = shape.size() * type.bytes();
        return pool(capacity(Math.ceilDiv(bytes, ElementType.MOST_BYTES))).take(type, shape);
    }

    private synchronized TensorPool pool(long capacity) {
        // how many are needed the schedule decides
        return pools.computeIfAbsent(
                capacity,
                c -> new TensorPool(
                        "received, " + c + " elements of four bytes", Arena.ofAuto(), c, Integer.MAX_VALUE));
    }

    /** The class of a size, in elements of four bytes: at most a quarter more. */
    static long capacity(long elements) {
        if (elements <= SMALLEST) {
            return SMALLEST;
        }
        long step = Long.highestOneBit(elements - 1) / CLASSES_A_DOUBLING;
        return Math.ceilDiv(elements, step) * step;
    }

    /** Tensors that somebody holds. */
    synchronized int inUse() {
        return pools.values().stream().mapToInt(TensorPool::inUse).sum();
    }

    /** Bytes of all buffers made. */
    synchronized long bytes() {
        return pools.entrySet().stream()
                .mapToLong(
                        e -> e.getKey() * ElementType.MOST_BYTES * e.getValue().peak())
                .sum();
    }
}
