package millrace.nn.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GT;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

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
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            forward(Part.exact(x, from, n), Part.exact(y, from, n), n);
        }
        Part.keep(x, y);
    }

    private static void forward(long x, long y, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(y, i, load(x, i).max(0));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(y, bound, rest, load(x, bound, rest).max(0));
        }
    }

    static void backward(MemorySegment saved, MemorySegment dy, MemorySegment dx, long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            backward(Part.exact(saved, from, n), Part.exact(dy, from, n), Part.exact(dx, from, n), n);
        }
        Part.keep(saved, dy, dx);
    }

    private static void backward(long saved, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(
                    dx,
                    i,
                    FloatVector.zero(SPECIES).blend(load(dy, i), load(saved, i).compare(GT, 0)));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(
                    dx,
                    bound,
                    rest,
                    FloatVector.zero(SPECIES)
                            .blend(
                                    load(dy, bound, rest),
                                    load(saved, bound, rest).compare(GT, 0)));
        }
    }
}
