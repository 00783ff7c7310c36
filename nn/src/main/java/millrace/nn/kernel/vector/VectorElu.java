package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.ALL;
import static millrace.nn.kernel.vector.Part.ORDER;
import static millrace.nn.kernel.vector.Part.behind;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** ELU over {@link Part}s. */
final class VectorElu {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorElu() {}

    static void forward(float alpha, long x, long y, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(y, i);
            VectorMath.elu(load(x, i), alpha).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(y, bound, rest, VectorMath.elu(load(x, bound, rest), alpha));
        }
    }

    static void backward(float alpha, long y, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(dx, i);
            VectorMath.eluGradient(load(y, i), load(dy, i), alpha).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(dx, bound, rest, VectorMath.eluGradient(load(y, bound, rest), load(dy, bound, rest), alpha));
        }
    }
}
