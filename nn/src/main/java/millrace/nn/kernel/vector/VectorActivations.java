package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.kernel.Activation;

/** The functions of short formulas, in one loop. */
final class VectorActivations {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorActivations() {}

    static void forward(Activation f, MemorySegment x, MemorySegment y, long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            forward(f, Part.exact(x, from, n), Part.exact(y, from, n), n);
        }
        Part.keep(x, y);
    }

    private static void forward(Activation f, long x, long y, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(y, i, VectorMath.value(f, load(x, i)));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(y, bound, rest, VectorMath.value(f, load(x, bound, rest)));
        }
    }

    static void backward(Activation f, MemorySegment saved, MemorySegment dy, MemorySegment dx, long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            backward(f, Part.exact(saved, from, n), Part.exact(dy, from, n), Part.exact(dx, from, n), n);
        }
        Part.keep(saved, dy, dx);
    }

    private static void backward(Activation f, long saved, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(dx, i, VectorMath.gradient(f, load(saved, i), load(dy, i)));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(dx, bound, rest, VectorMath.gradient(f, load(saved, bound, rest), load(dy, bound, rest)));
        }
    }
}
