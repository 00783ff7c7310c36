package millrace.nn.kernel.vector;

import static java.nio.ByteOrder.nativeOrder;
import static millrace.nn.kernel.vector.Lanes.load;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** SiLU in loops of its own, as {@link VectorGelu}. */
final class VectorSilu {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorSilu() {}

    static void forward(MemorySegment x, MemorySegment y, long elements) {
        long bound = SPECIES.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            VectorMath.silu(load(x, i)).intoMemorySegment(y, i * Float.BYTES, nativeOrder());
        }
        if (bound < elements) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, elements);
            VectorMath.silu(load(x, bound, mask)).intoMemorySegment(y, bound * Float.BYTES, nativeOrder(), mask);
        }
    }

    static void backward(MemorySegment x, MemorySegment dy, MemorySegment dx, long elements) {
        long bound = SPECIES.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            VectorMath.siluGradient(load(x, i), load(dy, i)).intoMemorySegment(dx, i * Float.BYTES, nativeOrder());
        }
        if (bound < elements) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, elements);
            VectorMath.siluGradient(load(x, bound, mask), load(dy, bound, mask))
                    .intoMemorySegment(dx, bound * Float.BYTES, nativeOrder(), mask);
        }
    }
}
