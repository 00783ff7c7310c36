package millrace.nn.kernel.vector;

import static java.nio.ByteOrder.nativeOrder;
import static jdk.incubator.vector.VectorOperators.GT;
import static millrace.nn.kernel.vector.Lanes.load;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** ReLU in loops of its own: beside the longer formulas of the others the compiler boxes its vectors. */
final class VectorRelu {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorRelu() {}

    static void forward(MemorySegment x, MemorySegment y, long elements) {
        long bound = SPECIES.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            load(x, i).max(0).intoMemorySegment(y, i * Float.BYTES, nativeOrder());
        }
        if (bound < elements) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, elements);
            load(x, bound, mask).max(0).intoMemorySegment(y, bound * Float.BYTES, nativeOrder(), mask);
        }
    }

    static void backward(MemorySegment saved, MemorySegment dy, MemorySegment dx, long elements) {
        FloatVector zero = FloatVector.zero(SPECIES);
        long bound = SPECIES.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            VectorMask<Float> passed = load(saved, i).compare(GT, 0);
            zero.blend(load(dy, i), passed).intoMemorySegment(dx, i * Float.BYTES, nativeOrder());
        }
        if (bound < elements) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, elements);
            VectorMask<Float> passed = load(saved, bound, mask).compare(GT, 0);
            zero.blend(load(dy, bound, mask), passed).intoMemorySegment(dx, bound * Float.BYTES, nativeOrder(), mask);
        }
    }
}
