package millrace.nn.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.kernel.Activation;

/**
 * Activation functions over memory. Each has loops of its own: two formulas in one loop are more than the compiler takes in one
 * piece ({@link Part#ALL}).
 */
final class VectorActivations {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private interface Forward {
        void over(long x, long y, int n);
    }

    private interface Backward {
        void over(long saved, long dy, long dx, int n);
    }

    private VectorActivations() {}

    /** {@code y = f(x)}, element by element; x and y may be the same. */
    static void forward(Activation f, MemorySegment x, MemorySegment y, long elements) {
        Forward function = switch (f.kind()) {
            case RELU -> VectorRelu::forward;
            case LEAKY_RELU -> (from, to, n) -> leakyRelu(f.slope(), from, to, n);
            case SIGMOID -> VectorGates::sigmoid;
            case TANH -> VectorGates::tanh;
            case GELU -> VectorGelu::forward;
            case SILU -> VectorSilu::forward;
            case ELU -> (from, to, n) -> VectorElu.forward(f.slope(), from, to, n);
        };
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            function.over(Part.exact(x, from, n), Part.exact(y, from, n), n);
        }
        Part.keep(x, y);
    }

    /** {@code dx = dy f'}, by what the function wants to have saved ({@link Activation}). */
    static void backward(Activation f, MemorySegment saved, MemorySegment dy, MemorySegment dx, long elements) {
        Backward function = switch (f.kind()) {
            case RELU -> VectorRelu::backward;
            case LEAKY_RELU -> (y, given, to, n) -> leakyReluBackward(f.slope(), y, given, to, n);
            case SIGMOID -> VectorActivations::sigmoidBackward;
            case TANH -> VectorActivations::tanhBackward;
            case GELU -> VectorGelu::backward;
            case SILU -> VectorSilu::backward;
            case ELU -> (y, given, to, n) -> VectorElu.backward(f.slope(), y, given, to, n);
        };
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            function.over(Part.exact(saved, from, n), Part.exact(dy, from, n), Part.exact(dx, from, n), n);
        }
        Part.keep(saved, dy, dx);
    }

    private static void leakyRelu(float slope, long x, long y, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector v = load(x, i);
            store(y, i, v.blend(v.mul(slope), v.compare(LT, 0)));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            FloatVector v = load(x, bound, rest);
            store(y, bound, rest, v.blend(v.mul(slope), v.compare(LT, 0)));
        }
    }

    private static void leakyReluBackward(float slope, long y, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector d = load(dy, i);
            store(dx, i, d.mul(slope).blend(d, load(y, i).compare(GT, 0)));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            FloatVector d = load(dy, bound, rest);
            store(dx, bound, rest, d.mul(slope).blend(d, load(y, bound, rest).compare(GT, 0)));
        }
    }

    private static void sigmoidBackward(long y, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(dx, i, VectorMath.sigmoidGradient(load(y, i), load(dy, i)));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(dx, bound, rest, VectorMath.sigmoidGradient(load(y, bound, rest), load(dy, bound, rest)));
        }
    }

    private static void tanhBackward(long y, long dy, long dx, int n) {
        int bound = SPECIES.loopBound(n);
        for (int i = 0; i < bound; i += LANES) {
            store(dx, i, VectorMath.tanhGradient(load(y, i), load(dy, i)));
        }
        if (bound < n) {
            VectorMask<Float> rest = Lanes.first(n - bound);
            store(dx, bound, rest, VectorMath.tanhGradient(load(y, bound, rest), load(dy, bound, rest)));
        }
    }
}
