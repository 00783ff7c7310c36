package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.behind;
import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;
import static millrace.nn.kernel.vector.VectorGates.oneMinusSquare;
import static millrace.nn.kernel.vector.VectorGates.slope;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rows of an LSTM's cell, by their {@link Part}s, in steps that keep to memory: in one formula of that length the compiler
 * boxes the vectors of the last lines.
 */
final class VectorLstm {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorLstm() {}

    /** The gates of one row, from sums to which nothing is to be added. */
    static void gates(long gates, int hidden) {
        VectorGates.sigmoid(gates, 2 * hidden);
        VectorGates.tanh(behind(gates, 2L * hidden), hidden);
        VectorGates.sigmoid(behind(gates, 3L * hidden), hidden);
    }

    /** The gates of one row, from sums without their bias. */
    static void gates(long gates, long bias, int hidden) {
        VectorGates.sigmoid(gates, bias, 2 * hidden);
        VectorGates.tanh(behind(gates, 2L * hidden), behind(bias, 2L * hidden), hidden);
        VectorGates.sigmoid(behind(gates, 3L * hidden), behind(bias, 3L * hidden), hidden);
    }

    /** {@code c = f * before + i * g}. */
    static void cell(long gates, long before, long cell, int hidden) {
        long f = behind(gates, hidden);
        long g = behind(gates, 2L * hidden);
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            FloatVector product = load(gates, j).mul(load(g, j));
            store(cell, j, load(f, j).fma(load(before, j), product));
        }
        if (bound < hidden) {
            VectorMask<Float> rest = Lanes.first(hidden - bound);
            FloatVector product = load(gates, bound, rest).mul(load(g, bound, rest));
            store(cell, bound, rest, load(f, bound, rest).fma(load(before, bound, rest), product));
        }
    }

    /** {@code h = o * tanh(c)}. */
    static void output(long gates, long cell, long output, int hidden) {
        long o = behind(gates, 3L * hidden);
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            store(output, j, load(o, j).mul(VectorMath.tanh(load(cell, j))));
        }
        if (bound < hidden) {
            VectorMask<Float> rest = Lanes.first(hidden - bound);
            store(output, bound, rest, load(o, bound, rest).mul(VectorMath.tanh(load(cell, bound, rest))));
        }
    }

    /** Of the output gate, in its place; and of this step's cell, beside what comes from later steps. */
    static void cellGradient(
            long gates, long cell, long stateGradient, long outputGradient, long cellGradient, int hidden) {
        long o = behind(gates, 3L * hidden);
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            FloatVector gate = load(o, j);
            FloatVector dh = load(stateGradient, j).add(load(outputGradient, j));
            FloatVector t = VectorMath.tanh(load(cell, j));
            store(o, j, dh.mul(t).mul(slope(gate)));
            store(cellGradient, j, dh.mul(gate).fma(oneMinusSquare(t), load(cellGradient, j)));
        }
        if (bound < hidden) {
            VectorMask<Float> rest = Lanes.first(hidden - bound);
            FloatVector gate = load(o, bound, rest);
            FloatVector dh = load(stateGradient, bound, rest).add(load(outputGradient, bound, rest));
            FloatVector t = VectorMath.tanh(load(cell, bound, rest));
            store(o, bound, rest, dh.mul(t).mul(slope(gate)));
            store(cellGradient, bound, rest, dh.mul(gate).fma(oneMinusSquare(t), load(cellGradient, bound, rest)));
        }
    }

    /** Of the input gate and of what it lets in, in their places. */
    static void inputGradients(long gates, long cellGradient, int hidden) {
        long let = behind(gates, 2L * hidden);
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            FloatVector i = load(gates, j);
            FloatVector g = load(let, j);
            FloatVector dc = load(cellGradient, j);
            store(gates, j, dc.mul(g).mul(slope(i)));
            store(let, j, dc.mul(i).mul(oneMinusSquare(g)));
        }
        if (bound < hidden) {
            VectorMask<Float> rest = Lanes.first(hidden - bound);
            FloatVector i = load(gates, bound, rest);
            FloatVector g = load(let, bound, rest);
            FloatVector dc = load(cellGradient, bound, rest);
            store(gates, bound, rest, dc.mul(g).mul(slope(i)));
            store(let, bound, rest, dc.mul(i).mul(oneMinusSquare(g)));
        }
    }

    /** Of the forget gate, in its place; and of the cell before. */
    static void forgetGradients(long gates, long before, long cellGradient, int hidden) {
        long forget = behind(gates, hidden);
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            FloatVector f = load(forget, j);
            FloatVector dc = load(cellGradient, j);
            store(forget, j, dc.mul(load(before, j)).mul(slope(f)));
            store(cellGradient, j, dc.mul(f));
        }
        if (bound < hidden) {
            VectorMask<Float> rest = Lanes.first(hidden - bound);
            FloatVector f = load(forget, bound, rest);
            FloatVector dc = load(cellGradient, bound, rest);
            store(forget, bound, rest, dc.mul(load(before, bound, rest)).mul(slope(f)));
            store(cellGradient, bound, rest, dc.mul(f));
        }
    }
}
