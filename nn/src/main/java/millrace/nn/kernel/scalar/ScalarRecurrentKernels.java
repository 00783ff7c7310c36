package millrace.nn.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.RecurrentKernels;

/** The reference: one element at a time. */
final class ScalarRecurrentKernels implements RecurrentKernels {
    @Override
    public void lstm(
            MemorySegment gates,
            MemorySegment bias,
            MemorySegment before,
            MemorySegment cell,
            MemorySegment output,
            int rows,
            int hidden) {
        for (long r = 0; r < rows; r++) {
            for (int j = 0; j < hidden; j++) {
                long first = r * 4 * hidden + j;
                double i = sigmoid(sum(gates, first, bias, j));
                double f = sigmoid(sum(gates, first + hidden, bias, j + (long) hidden));
                double g = StrictMath.tanh(sum(gates, first + 2L * hidden, bias, j + 2L * hidden));
                double o = sigmoid(sum(gates, first + 3L * hidden, bias, j + 3L * hidden));
                double c = f * get(before, r * hidden + j) + i * g;
                set(gates, first, i);
                set(gates, first + hidden, f);
                set(gates, first + 2L * hidden, g);
                set(gates, first + 3L * hidden, o);
                set(cell, r * hidden + j, c);
                set(output, r * hidden + j, o * StrictMath.tanh(c));
            }
        }
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
        for (long r = 0; r < rows; r++) {
            for (int j = 0; j < hidden; j++) {
                long first = r * 4 * hidden + j;
                long at = r * hidden + j;
                double i = get(gates, first);
                double f = get(gates, first + hidden);
                double g = get(gates, first + 2L * hidden);
                double o = get(gates, first + 3L * hidden);
                double t = StrictMath.tanh(get(cell, at));
                long given = outputGradient.first() + r * outputGradient.stride() + j;
                double dh = get(stateGradient, at) + get(outputGradient.memory(), given);
                double dc = get(cellGradient, at) + dh * o * (1 - t * t);
                set(gates, first, dc * g * i * (1 - i));
                set(gates, first + hidden, dc * get(before, at) * f * (1 - f));
                set(gates, first + 2L * hidden, dc * i * (1 - g * g));
                set(gates, first + 3L * hidden, dh * t * o * (1 - o));
                set(cellGradient, at, dc * f);
                set(cell, at, t);
            }
        }
    }

    @Override
    public void gru(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment output,
            int rows,
            int hidden) {
        for (long row = 0; row < rows; row++) {
            for (int j = 0; j < hidden; j++) {
                long first = row * 3 * hidden + j;
                double r = sigmoid(get(inputs, first) + get(states, first));
                double z = sigmoid(get(inputs, first + hidden) + get(states, first + hidden));
                double n = StrictMath.tanh(get(inputs, first + 2L * hidden) + r * get(states, first + 2L * hidden));
                set(inputs, first, r);
                set(inputs, first + hidden, z);
                set(inputs, first + 2L * hidden, n);
                set(output, row * hidden + j, (1 - z) * n + z * get(before, row * hidden + j));
            }
        }
    }

    @Override
    public void gruBackward(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment outputGradient,
            int rows,
            int hidden) {
        for (long row = 0; row < rows; row++) {
            for (int j = 0; j < hidden; j++) {
                long first = row * 3 * hidden + j;
                long at = row * hidden + j;
                double r = get(inputs, first);
                double z = get(inputs, first + hidden);
                double n = get(inputs, first + 2L * hidden);
                double dh = get(outputGradient, at);
                double dn = dh * (1 - z) * (1 - n * n);
                double dz = dh * (get(before, at) - n) * z * (1 - z);
                double dr = dn * get(states, first + 2L * hidden) * r * (1 - r);
                set(inputs, first, dr);
                set(inputs, first + hidden, dz);
                set(inputs, first + 2L * hidden, dn);
                set(states, first, dr);
                set(states, first + hidden, dz);
                set(states, first + 2L * hidden, dn * r);
                set(outputGradient, at, dh * z);
            }
        }
    }

    /** In float, as where the bias is added to the sums in memory. */
    private static float sum(MemorySegment gates, long index, MemorySegment bias, long of) {
        return bias.byteSize() > 0 ? get(gates, index) + get(bias, of) : get(gates, index);
    }

    private static double sigmoid(double x) {
        return 1 / (1 + StrictMath.exp(-x));
    }

    private static float get(MemorySegment memory, long index) {
        return memory.getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(MemorySegment memory, long index, double value) {
        memory.setAtIndex(JAVA_FLOAT, index, (float) value);
    }
}
