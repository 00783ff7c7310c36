package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.nn.tensor.Memory;

/**
 * A product of two square matrices, made ready with memory of its own and without anything around it: what shows how fast a
 * processor multiplies. One thread at a time; closed by whoever has asked for it.
 */
public interface LargeProduct extends AutoCloseable {
    /** Multiplies once, on the calling thread alone. */
    void run();

    /** What its factors are rounded to. */
    Precision factors();

    @Override
    void close();

    /** Of float32 matrices, by the kernels' own product. */
    static LargeProduct of(Kernels kernels, int size) {
        Arena arena = Arena.ofShared();
        MemorySegment a = numbers(arena, size);
        MemorySegment b = numbers(arena, size);
        MemorySegment c = numbers(arena, size);
        return new LargeProduct() {
            @Override
            public void run() {
                kernels.gemm(false, false, size, size, size, a, size, b, size, false, c, size);
            }

            @Override
            public Precision factors() {
                return Precision.F32;
            }

            @Override
            public void close() {
                arena.close();
            }
        };
    }

    /** A matrix of float32 numbers around 1; zeros could be multiplied at another speed. */
    static MemorySegment numbers(Arena arena, int size) {
        long elements = (long) size * size;
        MemorySegment memory = Memory.allocate(arena, elements);
        for (long i = 0; i < elements; i++) {
            memory.setAtIndex(JAVA_FLOAT, i, 1 + (i % 7 - 3) / 8f);
        }
        return memory;
    }
}
