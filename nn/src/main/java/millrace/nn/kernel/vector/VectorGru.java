package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.behind;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;
import static millrace.nn.kernel.vector.VectorGates.oneMinusSquare;
import static millrace.nn.kernel.vector.VectorGates.slope;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** Rows of a GRU's cell, by their {@link Part}s. */
final class VectorGru {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorGru() {}

    static void forward(long inputs, long states, long before, long output, int hidden) {
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            step(inputs, states, before, output, hidden, j, null);
        }
        if (bound < hidden) {
            step(inputs, states, before, output, hidden, bound, Lanes.first(hidden - bound));
        }
    }

    private static void step(
            long inputs, long states, long before, long output, int hidden, int j, @Nullable VectorMask<Float> mask) {
        long second = hidden;
        long third = 2L * hidden;
        FloatVector r = VectorMath.sigmoid(some(inputs, j, mask).add(some(states, j, mask)));
        FloatVector z =
                VectorMath.sigmoid(some(behind(inputs, second), j, mask).add(some(behind(states, second), j, mask)));
        FloatVector fromState = some(behind(states, third), j, mask);
        FloatVector n = VectorMath.tanh(r.fma(fromState, some(behind(inputs, third), j, mask)));
        put(inputs, j, mask, r);
        put(behind(inputs, second), j, mask, z);
        put(behind(inputs, third), j, mask, n);
        put(output, j, mask, z.fma(some(before, j, mask).sub(n), n));
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
