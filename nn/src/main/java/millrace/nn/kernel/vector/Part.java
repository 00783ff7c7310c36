package millrace.nn.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * A part of a memory outside the heap, by its address: bounds and life of the memory are checked once for a part, not at each
 * vector.
 *
 * <p>The checks at each vector ask who owns the memory, and the compiler expects the answer that is most frequent in the whole
 * JVM: where most segments belong to one thread, it compiles a loop over shared memory so that it fails at its beginning. Then
 * the code is thrown away and compiled again, for up to a hundred calls, each of which takes several times as long
 * (docs/decisions/onednn.md). A loop without these checks has nothing to fail.
 *
 * <p>Whoever loops sees to it that the memory stays reachable ({@link #keep}).
 */
final class Part {
    /** Floats of a part at most, so that a loop over it counts in int. */
    static final int MOST = 1 << 16;

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    /**
     * All memory, with {@link #ORDER} for the vector library's own way to write to an address. What a long formula comes to is
     * written so: behind as much code as that, the compiler takes no method of ours into the loop any more (that is its
     * NodeCountInliningCutoff, 18,000 nodes of its graph, of which a vector operation has some 400), and a vector given to a
     * method that is called is boxed, which takes longer than the formula. Methods of the library it takes in always.
     */
    @SuppressWarnings("restricted") // what is read and written is checked by of(..)
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Part() {}

    /** Floats of the part that begins there. */
    static int size(long from, long elements) {
        return (int) Math.min(MOST, elements - from);
    }

    /**
     * Where so many floats of a memory are, up to a whole vector; 0 for memory that a rule has not.
     *
     * @throws IndexOutOfBoundsException when it has not as many
     * @throws IllegalStateException when it is no longer there
     */
    static long of(MemorySegment memory, long from, int floats) {
        if (memory.byteSize() == 0) {
            return 0;
        }
        long whole = (long) (floats + LANES - 1) / LANES * LANES;
        return exact(memory, from, whole);
    }

    /**
     * Where so many floats of a memory are, and none beyond them: what is left of them after whole vectors goes under a mask.
     *
     * @throws IndexOutOfBoundsException when it has not as many
     * @throws IllegalStateException when it is no longer there
     */
    static long exact(MemorySegment memory, long from, long floats) {
        if (!memory.isNative() || !memory.scope().isAlive()) {
            throw new IllegalStateException("memory: " + memory + " (expected: outside the heap, and not freed yet)");
        }
        return memory.asSlice(from * Float.BYTES, floats * Float.BYTES).address();
    }

    /** What lies so many floats behind a part's beginning. */
    static long behind(long part, long floats) {
        return part + floats * Float.BYTES;
    }

    /** Until here nobody frees it; called last, as what comes before throws only before it reads or writes. */
    @SuppressWarnings("ReachabilityFenceUsage")
    static void keep(MemorySegment... memories) {
        for (MemorySegment memory : memories) {
            Reference.reachabilityFence(memory);
        }
    }

    static FloatVector load(long part, int i) {
        return FloatVector.fromMemorySegment(SPECIES, ALL, part + i * (long) Float.BYTES, ORDER);
    }

    static void store(long part, int i, FloatVector value) {
        value.intoMemorySegment(ALL, part + i * (long) Float.BYTES, ORDER);
    }

    static FloatVector load(long part, int i, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, ALL, part + i * (long) Float.BYTES, ORDER, mask);
    }

    static void store(long part, int i, VectorMask<Float> mask, FloatVector value) {
        value.intoMemorySegment(ALL, part + i * (long) Float.BYTES, ORDER, mask);
    }
}
