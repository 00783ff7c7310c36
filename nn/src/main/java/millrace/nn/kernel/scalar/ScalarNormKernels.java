package millrace.nn.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.NormKernels;

/** The reference, in double precision from row to row. */
final class ScalarNormKernels implements NormKernels {
    @Override
    public void layerNorm(
            MemorySegment x,
            MemorySegment gain,
            MemorySegment shift,
            MemorySegment y,
            MemorySegment statistics,
            int rows,
            int columns,
            float epsilon) {
        for (long r = 0; r < rows; r++) {
            double sum = 0;
            for (int c = 0; c < columns; c++) {
                sum += get(x, r * columns + c);
            }
            double mean = sum / columns;
            double squares = 0;
            for (int c = 0; c < columns; c++) {
                double deviation = get(x, r * columns + c) - mean;
                squares += deviation * deviation;
            }
            double inverse = 1 / Math.sqrt(squares / columns + epsilon);
            for (int c = 0; c < columns; c++) {
                double normal = (get(x, r * columns + c) - mean) * inverse;
                set(y, r * columns + c, normal * get(gain, c) + get(shift, c));
            }
            set(statistics, 2 * r, mean);
            set(statistics, 2 * r + 1, inverse);
        }
    }

    @Override
    public void layerNormBackward(
            MemorySegment x,
            MemorySegment gain,
            MemorySegment statistics,
            MemorySegment dy,
            MemorySegment dx,
            int rows,
            int columns) {
        for (long r = 0; r < rows; r++) {
            double mean = get(statistics, 2 * r);
            double inverse = get(statistics, 2 * r + 1);
            double sum = 0;
            double along = 0;
            for (int c = 0; c < columns; c++) {
                double d = (double) get(dy, r * columns + c) * get(gain, c);
                sum += d;
                along += d * (get(x, r * columns + c) - mean) * inverse;
            }
            for (int c = 0; c < columns; c++) {
                double d = (double) get(dy, r * columns + c) * get(gain, c);
                double normal = (get(x, r * columns + c) - mean) * inverse;
                set(dx, r * columns + c, inverse * (d - sum / columns - normal * along / columns));
            }
        }
    }

    @Override
    public void layerNormGradients(
            MemorySegment x,
            MemorySegment statistics,
            MemorySegment dy,
            MemorySegment gainGradient,
            MemorySegment shiftGradient,
            int rows,
            int columns) {
        for (long r = 0; r < rows; r++) {
            double mean = get(statistics, 2 * r);
            double inverse = get(statistics, 2 * r + 1);
            for (int c = 0; c < columns; c++) {
                double d = get(dy, r * columns + c);
                double normal = (get(x, r * columns + c) - mean) * inverse;
                set(gainGradient, c, get(gainGradient, c) + d * normal);
                set(shiftGradient, c, get(shiftGradient, c) + d);
            }
        }
    }

    @Override
    public void maskedSoftmax(MemorySegment x, int rows, int columns, int first, int more, float factor) {
        for (long r = 0; r < rows; r++) {
            long seen = first + r * more;
            double max = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < seen; c++) {
                max = Math.max(max, get(x, r * columns + c) * factor);
            }
            double sum = 0;
            for (int c = 0; c < seen; c++) {
                sum += StrictMath.exp(get(x, r * columns + c) * factor - max);
            }
            for (int c = 0; c < columns; c++) {
                double e = c < seen ? StrictMath.exp(get(x, r * columns + c) * factor - max) : 0;
                set(x, r * columns + c, e / sum);
            }
        }
    }

    @Override
    public void maskedSoftmaxBackward(
            MemorySegment y, MemorySegment dy, int rows, int columns, int first, int more, float factor) {
        for (long r = 0; r < rows; r++) {
            long seen = first + r * more;
            double dot = 0;
            for (int c = 0; c < seen; c++) {
                dot += (double) get(dy, r * columns + c) * get(y, r * columns + c);
            }
            for (int c = 0; c < columns; c++) {
                long i = r * columns + c;
                set(dy, i, c < seen ? get(y, i) * (get(dy, i) - dot) * factor : 0);
            }
        }
    }

    private static float get(MemorySegment memory, long index) {
        return memory.getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(MemorySegment memory, long index, double value) {
        memory.setAtIndex(JAVA_FLOAT, index, (float) value);
    }
}
