package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.ALL;
import static millrace.nn.kernel.vector.Part.ORDER;
import static millrace.nn.kernel.vector.Part.behind;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** What the gates of recurrent cells have in common, on {@link Part}s: sigmoid and tanh, and their derivatives. */
final class VectorGates {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorGates() {}

    /** {@code y = sigmoid(x)}; both may be the same. */
    static void sigmoid(long x, long y, int count) {
        int bound = SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(y, i);
            VectorMath.sigmoid(load(x, i)).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            store(y, bound, rest, VectorMath.sigmoid(load(x, bound, rest)));
        }
    }

    /** {@code x = sigmoid(x + bias)}. */
    static void sigmoidOfSum(long x, long bias, int count) {
        int bound = SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(x, i);
            VectorMath.sigmoid(load(x, i).add(load(bias, i))).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            store(x, bound, rest, VectorMath.sigmoid(load(x, bound, rest).add(load(bias, bound, rest))));
        }
    }

    /** {@code y = tanh(x)}; both may be the same. */
    static void tanh(long x, long y, int count) {
        int bound = SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(y, i);
            VectorMath.tanh(load(x, i)).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            store(y, bound, rest, VectorMath.tanh(load(x, bound, rest)));
        }
    }

    /** {@code x = tanh(x + bias)}. */
    static void tanhOfSum(long x, long bias, int count) {
        int bound = SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            long to = behind(x, i);
            VectorMath.tanh(load(x, i).add(load(bias, i))).intoMemorySegment(ALL, to, ORDER);
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
