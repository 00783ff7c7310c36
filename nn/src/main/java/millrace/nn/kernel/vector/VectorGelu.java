package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** GELU in loops of its own: in one loop with the other functions the compiler gives up on so long a formula. */
final class VectorGelu {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorGelu() {}

    static void forward(MemorySegment x, MemorySegment y, long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            forward(Part.exact(x, from, n), Part.exact(y, from, n), n);
        }
        Part.keep(x, y);
    }

    private static void forward(long x, long y, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(y, i, VectorMath.gelu(load(x, i)));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(y, bound, rest, VectorMath.gelu(load(x, bound, rest)));
        }
    }

    static void backward(MemorySegment x, MemorySegment dy, MemorySegment dx, long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            backward(Part.exact(x, from, n), Part.exact(dy, from, n), Part.exact(dx, from, n), n);
        }
        Part.keep(x, dy, dx);
    }

    private static void backward(long x, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(dx, i, VectorMath.geluGradient(load(x, i), load(dy, i)));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(dx, bound, rest, VectorMath.geluGradient(load(x, bound, rest), load(dy, bound, rest)));
        }
    }
}
