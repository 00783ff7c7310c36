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

/**
 * Rows of an LSTM's cell, by their {@link Part}s, in passes that keep to memory: one formula of that length is more than the
 * compiler takes in one piece ({@link Part#ALL}). For the same reason a row's passes are called through an array of several: so
 * it does not put them into one piece again, but makes code for each.
 */
final class VectorLstm {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private interface Forward {
        void row(long gates, long bias, long before, long cell, long output, int hidden);
    }

    private interface Backward {
        void row(
                long gates,
                long before,
                long cell,
                long stateGradient,
                long outputGradient,
                long cellGradient,
                int hidden);
    }

    private static final Forward CELL = (gates, _, before, cell, _, hidden) -> cell(gates, before, cell, hidden);
    private static final Forward OUTPUT = (gates, _, _, cell, output, hidden) -> output(gates, cell, output, hidden);

    private static final Forward[] FORWARD = {
        (gates, _, _, _, _, hidden) -> VectorGates.sigmoid(gates, gates, 2 * hidden),
        (gates, _, _, _, _, hidden) -> VectorGates.tanh(behind(gates, 2L * hidden), behind(gates, 2L * hidden), hidden),
        (gates, _, _, _, _, hidden) ->
                VectorGates.sigmoid(behind(gates, 3L * hidden), behind(gates, 3L * hidden), hidden),
        CELL,
        OUTPUT
    };

    private static final Forward[] BIASED_FORWARD = {
        (gates, bias, _, _, _, hidden) -> VectorGates.sigmoidOfSum(gates, bias, 2 * hidden),
        (gates, bias, _, _, _, hidden) ->
                VectorGates.tanhOfSum(behind(gates, 2L * hidden), behind(bias, 2L * hidden), hidden),
        (gates, bias, _, _, _, hidden) ->
                VectorGates.sigmoidOfSum(behind(gates, 3L * hidden), behind(bias, 3L * hidden), hidden),
        CELL,
        OUTPUT
    };

    private static final Backward[] BACKWARD = {
        (_, _, cell, _, _, _, hidden) -> VectorGates.tanh(cell, cell, hidden),
        (gates, _, cell, stateGradient, outputGradient, cellGradient, hidden) ->
                cellGradient(gates, cell, stateGradient, outputGradient, cellGradient, hidden),
        (gates, _, _, _, _, cellGradient, hidden) -> inputGradients(gates, cellGradient, hidden),
        (gates, before, _, _, _, cellGradient, hidden) -> forgetGradients(gates, before, cellGradient, hidden)
    };

    private VectorLstm() {}

    /**
     * One row.
     *
     * @param bias of the gates; 0 where nothing is to be added to their sums
     */
    static void forward(long gates, long bias, long before, long cell, long output, int hidden) {
        for (Forward pass : bias == 0 ? FORWARD : BIASED_FORWARD) {
            pass.row(gates, bias, before, cell, output, hidden);
        }
    }

    /** The gradients of one row; its cell is tanh of what it was then. */
    static void backward(
            long gates,
            long before,
            long cell,
            long stateGradient,
            long outputGradient,
            long cellGradient,
            int hidden) {
        for (Backward pass : BACKWARD) {
            pass.row(gates, before, cell, stateGradient, outputGradient, cellGradient, hidden);
        }
    }

    /** {@code c = f * before + i * g}. */
    private static void cell(long gates, long before, long cell, int hidden) {
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
    private static void output(long gates, long cell, long output, int hidden) {
        long o = behind(gates, 3L * hidden);
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            long to = behind(output, j);
            load(o, j).mul(VectorMath.tanh(load(cell, j))).intoMemorySegment(ALL, to, ORDER);
        }
        if (bound < hidden) {
            VectorMask<Float> rest = Lanes.first(hidden - bound);
            store(output, bound, rest, load(o, bound, rest).mul(VectorMath.tanh(load(cell, bound, rest))));
        }
    }

    /** Of the output gate, in its place; and of this step's cell, beside what comes from later steps. */
    private static void cellGradient(
            long gates, long tanhOfCell, long stateGradient, long outputGradient, long cellGradient, int hidden) {
        long o = behind(gates, 3L * hidden);
        int bound = SPECIES.loopBound(hidden);
        for (int j = 0; j < bound; j += LANES) {
            FloatVector gate = load(o, j);
            FloatVector dh = load(stateGradient, j).add(load(outputGradient, j));
            FloatVector t = load(tanhOfCell, j);
            store(o, j, dh.mul(t).mul(slope(gate)));
            store(cellGradient, j, dh.mul(gate).fma(oneMinusSquare(t), load(cellGradient, j)));
        }
        if (bound < hidden) {
            VectorMask<Float> rest = Lanes.first(hidden - bound);
            FloatVector gate = load(o, bound, rest);
            FloatVector dh = load(stateGradient, bound, rest).add(load(outputGradient, bound, rest));
            FloatVector t = load(tanhOfCell, bound, rest);
            store(o, bound, rest, dh.mul(t).mul(slope(gate)));
            store(cellGradient, bound, rest, dh.mul(gate).fma(oneMinusSquare(t), load(cellGradient, bound, rest)));
        }
    }

    /** Of the input gate and of what it lets in, in their places. */
    private static void inputGradients(long gates, long cellGradient, int hidden) {
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
    private static void forgetGradients(long gates, long before, long cellGradient, int hidden) {
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
