package millrace.nn.kernel.vector;

import static java.nio.ByteOrder.nativeOrder;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Vectors from and to memory, the widest that this machine has; indices count floats. */
final class Lanes {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    // where every row ends elsewhere, making masks costs more than the row
    private static final List<VectorMask<Float>> FIRST = IntStream.range(0, SPECIES.length())
            .mapToObj(lanes -> SPECIES.indexInRange(0, lanes))
            .toList();

    private Lanes() {}

    /** The first so many lanes: for what is left of a row after its whole vectors. */
    static VectorMask<Float> first(int count) {
        return FIRST.get(count);
    }

    static FloatVector load(MemorySegment memory, long index) {
        return FloatVector.fromMemorySegment(SPECIES, memory, index * Float.BYTES, nativeOrder());
    }

    static FloatVector load(MemorySegment memory, long index, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, memory, index * Float.BYTES, nativeOrder(), mask);
    }

    static void store(MemorySegment memory, long index, FloatVector value) {
        value.intoMemorySegment(memory, index * Float.BYTES, nativeOrder());
    }

    static void store(MemorySegment memory, long index, VectorMask<Float> mask, FloatVector value) {
        value.intoMemorySegment(memory, index * Float.BYTES, nativeOrder(), mask);
    }

    /** Lanes added from the first to the last: a fixed order. */
    static float sum(FloatVector vector) {
        // an array, because lane(i) of a changing i is no machine instruction
        float sum = 0;
        for (float lane : vector.toArray()) {
            sum += lane;
        }
        return sum;
    }
}
