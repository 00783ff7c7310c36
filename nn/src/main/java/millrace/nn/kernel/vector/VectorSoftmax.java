package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Lanes.sum;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The passes of a softmax over one row, by its {@link Part}, a method each: in one method the compiler boxes the vectors of the last. */
final class VectorSoftmax {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorSoftmax() {}

    static float largest(long x, int count) {
        int bound = SPECIES.loopBound(count);
        FloatVector tops = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int c = 0; c < bound; c += LANES) {
            tops = tops.max(load(x, c));
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            tops = tops.lanewise(VectorOperators.MAX, load(x, bound, rest), rest);
        }
        return tops.reduceLanes(VectorOperators.MAX);
    }

    /** {@code y = e^((x - top) * factor)}; returns their sum. x and y may be the same. */
    static float exponentials(long x, long y, int count, float top, float factor) {
        int bound = SPECIES.loopBound(count);
        FloatVector sums = FloatVector.zero(SPECIES);
        for (int c = 0; c < bound; c += LANES) {
            FloatVector e = VectorMath.exp(load(x, c).sub(top).mul(factor));
            store(y, c, e);
            sums = sums.add(e);
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            FloatVector e = VectorMath.exp(load(x, bound, rest).sub(top).mul(factor));
            store(y, bound, rest, e);
            sums = sums.add(e, rest);
        }
        return sum(sums);
    }

    static void scale(long x, int count, float share) {
        int bound = SPECIES.loopBound(count);
        for (int c = 0; c < bound; c += LANES) {
            store(x, c, load(x, c).mul(share));
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            store(x, bound, rest, load(x, bound, rest).mul(share));
        }
    }
}
