package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.ALL;
import static millrace.nn.kernel.vector.Part.ORDER;
import static millrace.nn.kernel.vector.Part.behind;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** SiLU over {@link Part}s. */
final class VectorSilu {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorSilu() {}

    static void forward(long x, long y, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(y, i);
            VectorMath.silu(load(x, i)).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(y, bound, rest, VectorMath.silu(load(x, bound, rest)));
        }
    }

    static void backward(long x, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(dx, i);
            VectorMath.siluGradient(load(x, i), load(dy, i)).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(dx, bound, rest, VectorMath.siluGradient(load(x, bound, rest), load(dy, bound, rest)));
        }
    }
}
