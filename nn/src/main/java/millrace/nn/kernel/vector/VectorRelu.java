package millrace.nn.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GT;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** ReLU over {@link Part}s. */
final class VectorRelu {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorRelu() {}

    static void forward(long x, long y, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(y, i, load(x, i).max(0));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(y, bound, rest, load(x, bound, rest).max(0));
        }
    }

    static void backward(long saved, long dy, long dx, int n) {
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
