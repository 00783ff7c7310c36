package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

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
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            forward(alpha, Part.exact(x, from, n), Part.exact(y, from, n), n);
        }
        Part.keep(x, y);
    }

    private static void forward(float alpha, long x, long y, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(y, i, VectorMath.elu(load(x, i), alpha));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(y, bound, rest, VectorMath.elu(load(x, bound, rest), alpha));
        }
    }

    static void backward(float alpha, MemorySegment y, MemorySegment dy, MemorySegment dx, long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            backward(alpha, Part.exact(y, from, n), Part.exact(dy, from, n), Part.exact(dx, from, n), n);
        }
        Part.keep(y, dy, dx);
    }

    private static void backward(float alpha, long y, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(dx, i, VectorMath.eluGradient(load(y, i), load(dy, i), alpha));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(dx, bound, rest, VectorMath.eluGradient(load(y, bound, rest), load(dy, bound, rest), alpha));
        }
    }
}
