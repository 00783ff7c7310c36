package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.ALL;
import static millrace.nn.kernel.vector.Part.ORDER;
import static millrace.nn.kernel.vector.Part.behind;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;
import static millrace.nn.kernel.vector.VectorGates.oneMinusSquare;
import static millrace.nn.kernel.vector.VectorGates.slope;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** Rows of a GRU's cell, by their {@link Part}s; forward in passes, as {@link VectorLstm}. */
final class VectorGru {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private interface Forward {
        void row(long inputs, long states, long before, long output, int hidden);
    }

    private static final Forward[] FORWARD = {
        (inputs, states, _, _, hidden) -> VectorGates.sigmoidOfSum(inputs, states, 2 * hidden),
        (inputs, states, _, _, hidden) -> candidate(inputs, states, hidden),
        (inputs, _, before, output, hidden) -> output(inputs, before, output, hidden)
    };

    private VectorGru() {}

    /** One row. */
    static void forward(long inputs, long states, long before, long output, int hidden) {
        for (Forward pass : FORWARD) {
            pass.row(inputs, states, before, output, hidden);
        }
    }

    /** {@code n = tanh(x_n + r * h_n)}. */
    private static void candidate(long inputs, long states, int hidden) {
        long n = behind(inputs, 2L * hidden);
        long fromState = behind(states, 2L * hidden);
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            long to = behind(n, j);
            FloatVector sum = load(inputs, j).fma(load(fromState, j), load(n, j));
            VectorMath.tanh(sum).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < hidden) {
            VectorMask<Float> rest = Lanes.first(hidden - bound);
            FloatVector sum = load(inputs, bound, rest).fma(load(fromState, bound, rest), load(n, bound, rest));
            store(n, bound, rest, VectorMath.tanh(sum));
        }
    }

    /** {@code h = (1 - z) n + z before}. */
    private static void output(long inputs, long before, long output, int hidden) {
        long update = behind(inputs, hidden);
        long candidate = behind(inputs, 2L * hidden);
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            FloatVector n = load(candidate, j);
            store(output, j, load(update, j).fma(load(before, j).sub(n), n));
        }
        if (bound < hidden) {
            VectorMask<Float> rest = Lanes.first(hidden - bound);
            FloatVector n = load(candidate, bound, rest);
            store(
                    output,
                    bound,
                    rest,
                    load(update, bound, rest).fma(load(before, bound, rest).sub(n), n));
        }
    }

    static void backward(long inputs, long states, long before, long outputGradient, int hidden) {
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            backwardStep(inputs, states, before, outputGradient, hidden, j, null);
        }
        if (bound < hidden) {
            backwardStep(inputs, states, before, outputGradient, hidden, bound, Lanes.first(hidden - bound));
        }
    }

    private static void backwardStep(
            long inputs,
            long states,
            long before,
            long outputGradient,
            int hidden,
            int j,
            @Nullable VectorMask<Float> mask) {
        long second = hidden;
        long third = 2L * hidden;
        FloatVector r = some(inputs, j, mask);
        FloatVector z = some(behind(inputs, second), j, mask);
        FloatVector n = some(behind(inputs, third), j, mask);
        FloatVector dh = some(outputGradient, j, mask);
        FloatVector dn = dh.mul(z.neg().add(1)).mul(oneMinusSquare(n));
        FloatVector dz = dh.mul(some(before, j, mask).sub(n)).mul(slope(z));
        FloatVector dr = dn.mul(some(behind(states, third), j, mask)).mul(slope(r));
        put(inputs, j, mask, dr);
        put(behind(inputs, second), j, mask, dz);
        put(behind(inputs, third), j, mask, dn);
        put(states, j, mask, dr);
        put(behind(states, second), j, mask, dz);
        put(behind(states, third), j, mask, dn.mul(r));
        put(outputGradient, j, mask, dh.mul(z));
    }

    // whole vectors go without a mask, which costs
    private static FloatVector some(long part, int i, @Nullable VectorMask<Float> mask) {
        return mask == null ? load(part, i) : load(part, i, mask);
    }

    private static void put(long part, int i, @Nullable VectorMask<Float> mask, FloatVector value) {
        if (mask == null) {
            store(part, i, value);
        } else {
            store(part, i, mask, value);
        }
    }
}
