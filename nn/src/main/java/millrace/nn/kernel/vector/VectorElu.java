package millrace.nn.kernel.vector;

import static java.nio.ByteOrder.nativeOrder;
import static millrace.nn.kernel.vector.Lanes.load;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** ELU in loops of its own, as {@link VectorGelu}. */
final class VectorElu {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorElu() {}

    static void forward(float alpha, MemorySegment x, MemorySegment y, long elements) {
        long bound = SPECIES.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            VectorMath.elu(load(x, i), alpha).intoMemorySegment(y, i * Float.BYTES, nativeOrder());
        }
        if (bound < elements) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, elements);
            VectorMath.elu(load(x, bound, mask), alpha).intoMemorySegment(y, bound * Float.BYTES, nativeOrder(), mask);
        }
    }

    static void backward(float alpha, MemorySegment y, MemorySegment dy, MemorySegment dx, long elements) {
        long bound = SPECIES.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            VectorMath.eluGradient(load(y, i), load(dy, i), alpha)
                    .intoMemorySegment(dx, i * Float.BYTES, nativeOrder());
        }
        if (bound < elements) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, elements);
            VectorMath.eluGradient(load(y, bound, mask), load(dy, bound, mask), alpha)
                    .intoMemorySegment(dx, bound * Float.BYTES, nativeOrder(), mask);
        }
    }
}
