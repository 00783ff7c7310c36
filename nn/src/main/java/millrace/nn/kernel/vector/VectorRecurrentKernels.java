package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.behind;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.RecurrentKernels;

/** Row by row, a vector of hidden units at a time. */
final class VectorRecurrentKernels implements RecurrentKernels {
    @Override
    public void lstm(
            MemorySegment gates,
            MemorySegment bias,
            MemorySegment before,
            MemorySegment cell,
            MemorySegment output,
            int rows,
            int hidden) {
        long all = (long) rows * hidden;
        long gate = Part.exact(gates, 0, 4 * all);
        long added = bias.byteSize() > 0 ? Part.exact(bias, 0, 4L * hidden) : 0;
        long old = Part.exact(before, 0, all);
        long state = Part.exact(cell, 0, all);
        long out = Part.exact(output, 0, all);
        for (int r = 0; r < rows; r++) {
            long at = (long) r * hidden;
            VectorLstm.forward(
                    behind(gate, 4 * at), added, behind(old, at), behind(state, at), behind(out, at), hidden);
        }
        Part.keep(gates, bias, before, cell, output);
    }

    @Override
    public void lstmBackward(
            MemorySegment gates,
            MemorySegment before,
            MemorySegment cell,
            MemorySegment stateGradient,
            Rows outputGradient,
            MemorySegment cellGradient,
            int rows,
            int hidden) {
        long all = (long) rows * hidden;
        long gate = Part.exact(gates, 0, 4 * all);
        long old = Part.exact(before, 0, all);
        long state = Part.exact(cell, 0, all);
        long later = Part.exact(stateGradient, 0, all);
        long given = rows == 0
                ? 0
                : Part.exact(outputGradient.memory(), outputGradient.first(), outputGradient.span(rows, hidden));
        long change = Part.exact(cellGradient, 0, all);
        for (int r = 0; r < rows; r++) {
            long at = (long) r * hidden;
            VectorLstm.backward(
                    behind(gate, 4 * at),
                    behind(old, at),
                    behind(state, at),
                    behind(later, at),
                    behind(given, r * outputGradient.stride()),
                    behind(change, at),
                    hidden);
        }
        Part.keep(gates, before, cell, stateGradient, outputGradient.memory(), cellGradient);
    }

    @Override
    public void gru(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment output,
            int rows,
            int hidden) {
        long all = (long) rows * hidden;
        long fromInput = Part.exact(inputs, 0, 3 * all);
        long fromState = Part.exact(states, 0, 3 * all);
        long old = Part.exact(before, 0, all);
        long out = Part.exact(output, 0, all);
        for (int r = 0; r < rows; r++) {
            long at = (long) r * hidden;
            VectorGru.forward(
                    behind(fromInput, 3 * at), behind(fromState, 3 * at), behind(old, at), behind(out, at), hidden);
        }
        Part.keep(inputs, states, before, output);
    }

    @Override
    public void gruBackward(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment outputGradient,
            int rows,
            int hidden) {
        long all = (long) rows * hidden;
        long fromInput = Part.exact(inputs, 0, 3 * all);
        long fromState = Part.exact(states, 0, 3 * all);
        long old = Part.exact(before, 0, all);
        long dh = Part.exact(outputGradient, 0, all);
        for (int r = 0; r < rows; r++) {
            long at = (long) r * hidden;
            VectorGru.backward(
                    behind(fromInput, 3 * at), behind(fromState, 3 * at), behind(old, at), behind(dh, at), hidden);
        }
        Part.keep(inputs, states, before, outputGradient);
    }
}
