package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.ALL;
import static millrace.nn.kernel.vector.Part.ORDER;
import static millrace.nn.kernel.vector.Part.behind;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** GELU (Hendrycks and Gimpel 2016) over {@link Part}s. */
final class VectorGelu {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorGelu() {}

    static void forward(long x, long y, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(y, i);
            VectorMath.gelu(load(x, i)).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(y, bound, rest, VectorMath.gelu(load(x, bound, rest)));
        }
    }

    static void backward(long x, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(dx, i);
            VectorMath.geluGradient(load(x, i), load(dy, i)).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(dx, bound, rest, VectorMath.geluGradient(load(x, bound, rest), load(dy, bound, rest)));
        }
    }
}
