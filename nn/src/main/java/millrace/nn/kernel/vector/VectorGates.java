package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the gates of recurrent cells have in common, on {@link Part}s. Functions have loops of their own: one with five such formulas
 * is more than the compiler keeps in registers.
 */
final class VectorGates {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorGates() {}

    static void sigmoid(long x, int count) {
        int bound = SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            store(x, i, VectorMath.sigmoid(load(x, i)));
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            store(x, bound, rest, VectorMath.sigmoid(load(x, bound, rest)));
        }
    }

    /** Of x + bias. */
    static void sigmoid(long x, long bias, int count) {
        int bound = SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            store(x, i, VectorMath.sigmoid(load(x, i).add(load(bias, i))));
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            store(x, bound, rest, VectorMath.sigmoid(load(x, bound, rest).add(load(bias, bound, rest))));
        }
    }

    static void tanh(long x, int count) {
        int bound = SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            store(x, i, VectorMath.tanh(load(x, i)));
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            store(x, bound, rest, VectorMath.tanh(load(x, bound, rest)));
        }
    }

    /** Of x + bias. */
    static void tanh(long x, long bias, int count) {
        int bound = SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            store(x, i, VectorMath.tanh(load(x, i).add(load(bias, i))));
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            store(x, bound, rest, VectorMath.tanh(load(x, bound, rest).add(load(bias, bound, rest))));
        }
    }

    /** The sigmoid's derivative where its value is y. */
    static FloatVector slope(FloatVector y) {
        return y.sub(y.mul(y));
    }

    /** That of tanh where its value is y. */
    static FloatVector oneMinusSquare(FloatVector y) {
        return FloatVector.broadcast(SPECIES, 1).sub(y.mul(y));
    }
}
