package millrace.nn.kernel.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.kernel.RecurrentKernels;
import org.jspecify.annotations.Nullable;

/** A vector of hidden units at a time. */
final class VectorRecurrentKernels implements RecurrentKernels {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    @Override
    public void lstm(
            MemorySegment gates, MemorySegment before, MemorySegment cell, MemorySegment output, int rows, int hidden) {
        int bound = SPECIES.loopBound(hidden);
        for (int row = 0; row < rows; row++) {
            long first = (long) row * 4 * hidden;
            sigmoid(gates, first, 2L * hidden);
            tanh(gates, first + 2L * hidden, hidden);
            sigmoid(gates, first + 3L * hidden, hidden);
            for (int j = 0; j < bound; j += LANES) {
                lstmCell(gates, before, cell, hidden, row, j, null);
            }
            for (int j = 0; j < bound; j += LANES) {
                lstmOutput(gates, cell, output, hidden, row, j, null);
            }
            if (bound < hidden) {
                VectorMask<Float> rest = SPECIES.indexInRange(bound, hidden);
                lstmCell(gates, before, cell, hidden, row, bound, rest);
                lstmOutput(gates, cell, output, hidden, row, bound, rest);
            }
        }
    }

    // steps in parts that keep to memory: in one formula of that length the compiler boxes the vectors of the last
    // lines

    private static void lstmCell(
            MemorySegment gates,
            MemorySegment before,
            MemorySegment cell,
            int hidden,
            int row,
            int j,
            @Nullable VectorMask<Float> mask) {
        long first = (long) row * 4 * hidden + j;
        long at = (long) row * hidden + j;
        FloatVector product = load(gates, first, mask).mul(load(gates, first + 2L * hidden, mask));
        store(cell, at, mask, load(gates, first + hidden, mask).fma(load(before, at, mask), product));
    }

    private static void lstmOutput(
            MemorySegment gates,
            MemorySegment cell,
            MemorySegment output,
            int hidden,
            int row,
            int j,
            @Nullable VectorMask<Float> mask) {
        long at = (long) row * hidden + j;
        FloatVector o = load(gates, (long) row * 4 * hidden + j + 3L * hidden, mask);
        store(output, at, mask, o.mul(VectorMath.tanh(load(cell, at, mask))));
    }

    @Override
    public void lstmBackward(
            MemorySegment gates,
            MemorySegment before,
            MemorySegment cell,
            MemorySegment outputGradient,
            MemorySegment cellGradient,
            int rows,
            int hidden) {
        int bound = SPECIES.loopBound(hidden);
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < bound; j += LANES) {
                lstmCellGradient(gates, cell, outputGradient, cellGradient, hidden, row, j, null);
            }
            for (int j = 0; j < bound; j += LANES) {
                lstmInputGradients(gates, cellGradient, hidden, row, j, null);
            }
            for (int j = 0; j < bound; j += LANES) {
                lstmForgetGradients(gates, before, cellGradient, hidden, row, j, null);
            }
            if (bound < hidden) {
                VectorMask<Float> rest = SPECIES.indexInRange(bound, hidden);
                lstmCellGradient(gates, cell, outputGradient, cellGradient, hidden, row, bound, rest);
                lstmInputGradients(gates, cellGradient, hidden, row, bound, rest);
                lstmForgetGradients(gates, before, cellGradient, hidden, row, bound, rest);
            }
        }
    }

    /** Of the output gate, in its place; and of this step's cell, beside what comes from later steps. */
    private static void lstmCellGradient(
            MemorySegment gates,
            MemorySegment cell,
            MemorySegment outputGradient,
            MemorySegment cellGradient,
            int hidden,
            int row,
            int j,
            @Nullable VectorMask<Float> mask) {
        long gate = (long) row * 4 * hidden + j + 3L * hidden;
        long at = (long) row * hidden + j;
        FloatVector o = load(gates, gate, mask);
        FloatVector dh = load(outputGradient, at, mask);
        FloatVector t = VectorMath.tanh(load(cell, at, mask));
        store(gates, gate, mask, dh.mul(t).mul(slope(o)));
        store(cellGradient, at, mask, dh.mul(o).fma(oneMinusSquare(t), load(cellGradient, at, mask)));
    }

    /** Of the input gate and of what it lets in, in their places. */
    private static void lstmInputGradients(
            MemorySegment gates,
            MemorySegment cellGradient,
            int hidden,
            int row,
            int j,
            @Nullable VectorMask<Float> mask) {
        long first = (long) row * 4 * hidden + j;
        FloatVector i = load(gates, first, mask);
        FloatVector g = load(gates, first + 2L * hidden, mask);
        FloatVector dc = load(cellGradient, (long) row * hidden + j, mask);
        store(gates, first, mask, dc.mul(g).mul(slope(i)));
        store(gates, first + 2L * hidden, mask, dc.mul(i).mul(oneMinusSquare(g)));
    }

    /** Of the forget gate, in its place; and of the cell before. */
    private static void lstmForgetGradients(
            MemorySegment gates,
            MemorySegment before,
            MemorySegment cellGradient,
            int hidden,
            int row,
            int j,
            @Nullable VectorMask<Float> mask) {
        long gate = (long) row * 4 * hidden + j + hidden;
        long at = (long) row * hidden + j;
        FloatVector f = load(gates, gate, mask);
        FloatVector dc = load(cellGradient, at, mask);
        store(gates, gate, mask, dc.mul(load(before, at, mask)).mul(slope(f)));
        store(cellGradient, at, mask, dc.mul(f));
    }

    @Override
    public void gru(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment output,
            int rows,
            int hidden) {
        int bound = SPECIES.loopBound(hidden);
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < bound; j += LANES) {
                gruStep(inputs, states, before, output, hidden, row, j, null);
            }
            if (bound < hidden) {
                gruStep(inputs, states, before, output, hidden, row, bound, SPECIES.indexInRange(bound, hidden));
            }
        }
    }

    private static void gruStep(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment output,
            int hidden,
            int row,
            int j,
            @Nullable VectorMask<Float> mask) {
        long first = (long) row * 3 * hidden + j;
        long at = (long) row * hidden + j;
        FloatVector r = sigmoid(load(inputs, first, mask).add(load(states, first, mask)));
        FloatVector z = sigmoid(load(inputs, first + hidden, mask).add(load(states, first + hidden, mask)));
        FloatVector fromState = load(states, first + 2L * hidden, mask);
        FloatVector n = VectorMath.tanh(r.fma(fromState, load(inputs, first + 2L * hidden, mask)));
        store(inputs, first, mask, r);
        store(inputs, first + hidden, mask, z);
        store(inputs, first + 2L * hidden, mask, n);
        store(output, at, mask, z.fma(load(before, at, mask).sub(n), n));
    }

    @Override
    public void gruBackward(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment outputGradient,
            int rows,
            int hidden) {
        int bound = SPECIES.loopBound(hidden);
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < bound; j += LANES) {
                gruBackwardStep(inputs, states, before, outputGradient, hidden, row, j, null);
            }
            if (bound < hidden) {
                gruBackwardStep(
                        inputs,
                        states,
                        before,
                        outputGradient,
                        hidden,
                        row,
                        bound,
                        SPECIES.indexInRange(bound, hidden));
            }
        }
    }

    private static void gruBackwardStep(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment outputGradient,
            int hidden,
            int row,
            int j,
            @Nullable VectorMask<Float> mask) {
        long first = (long) row * 3 * hidden + j;
        long at = (long) row * hidden + j;
        FloatVector r = load(inputs, first, mask);
        FloatVector z = load(inputs, first + hidden, mask);
        FloatVector n = load(inputs, first + 2L * hidden, mask);
        FloatVector dh = load(outputGradient, at, mask);
        FloatVector dn = dh.mul(z.neg().add(1)).mul(oneMinusSquare(n));
        FloatVector dz = dh.mul(load(before, at, mask).sub(n)).mul(slope(z));
        FloatVector dr = dn.mul(load(states, first + 2L * hidden, mask)).mul(slope(r));
        store(inputs, first, mask, dr);
        store(inputs, first + hidden, mask, dz);
        store(inputs, first + 2L * hidden, mask, dn);
        store(states, first, mask, dr);
        store(states, first + hidden, mask, dz);
        store(states, first + 2L * hidden, mask, dn.mul(r));
        store(outputGradient, at, mask, dh.mul(z));
    }

    // loops of their own: one with five such formulas is more than the compiler keeps in registers
    private static void sigmoid(MemorySegment x, long first, long count) {
        long bound = first + SPECIES.loopBound(count);
        for (long i = first; i < bound; i += LANES) {
            store(x, i, null, sigmoid(load(x, i, null)));
        }
        if (bound < first + count) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, first + count);
            store(x, bound, mask, sigmoid(load(x, bound, mask)));
        }
    }

    private static void tanh(MemorySegment x, long first, long count) {
        long bound = first + SPECIES.loopBound(count);
        for (long i = first; i < bound; i += LANES) {
            store(x, i, null, VectorMath.tanh(load(x, i, null)));
        }
        if (bound < first + count) {
            VectorMask<Float> mask = SPECIES.indexInRange(bound, first + count);
            store(x, bound, mask, VectorMath.tanh(load(x, bound, mask)));
        }
    }

    private static FloatVector sigmoid(FloatVector x) {
        return VectorMath.sigmoid(x);
    }

    /** The sigmoid's derivative where its value is y. */
    private static FloatVector slope(FloatVector y) {
        return y.sub(y.mul(y));
    }

    private static FloatVector oneMinusSquare(FloatVector y) {
        return y.mul(y).neg().add(1);
    }

    // whole vectors go without a mask, which costs
    private static FloatVector load(MemorySegment memory, long index, @Nullable VectorMask<Float> mask) {
        return mask == null ? Lanes.load(memory, index) : Lanes.load(memory, index, mask);
    }

    private static void store(MemorySegment memory, long index, @Nullable VectorMask<Float> mask, FloatVector value) {
        if (mask == null) {
            Lanes.store(memory, index, value);
        } else {
            Lanes.store(memory, index, mask, value);
        }
    }
}
