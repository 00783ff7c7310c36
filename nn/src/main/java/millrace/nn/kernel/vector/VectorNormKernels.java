package millrace.nn.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static millrace.nn.kernel.vector.Lanes.load;
import static millrace.nn.kernel.vector.Lanes.store;
import static millrace.nn.kernel.vector.Lanes.sum;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.kernel.NormKernels;

/** In vectors. Lanes are added from the first to the last, so that the bits do not depend on the compiler. */
final class VectorNormKernels implements NormKernels {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

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
        int bound = SPECIES.loopBound(columns);
        VectorMask<Float> rest = SPECIES.indexInRange(bound, columns);
        for (long r = 0; r < rows; r++) {
            long row = r * columns;
            FloatVector sums = FloatVector.zero(SPECIES);
            for (int c = 0; c < bound; c += LANES) {
                sums = sums.add(load(x, row + c));
            }
            float mean = sum(bound < columns ? sums.add(load(x, row + bound, rest)) : sums) / columns;
            FloatVector squares = FloatVector.zero(SPECIES);
            for (int c = 0; c < bound; c += LANES) {
                FloatVector deviation = load(x, row + c).sub(mean);
                squares = deviation.fma(deviation, squares);
            }
            if (bound < columns) {
                FloatVector deviation = load(x, row + bound, rest).sub(mean);
                squares = squares.add(deviation.mul(deviation), rest);
            }
            float inverse = (float) (1 / Math.sqrt(sum(squares) / columns + epsilon));
            for (int c = 0; c < bound; c += LANES) {
                FloatVector normal = load(x, row + c).sub(mean).mul(inverse);
                store(y, row + c, normal.fma(load(gain, c), load(shift, c)));
            }
            if (bound < columns) {
                FloatVector normal = load(x, row + bound, rest).sub(mean).mul(inverse);
                store(y, row + bound, rest, normal.fma(load(gain, bound, rest), load(shift, bound, rest)));
            }
            statistics.setAtIndex(JAVA_FLOAT, 2 * r, mean);
            statistics.setAtIndex(JAVA_FLOAT, 2 * r + 1, inverse);
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
        int bound = SPECIES.loopBound(columns);
        VectorMask<Float> rest = SPECIES.indexInRange(bound, columns);
        for (long r = 0; r < rows; r++) {
            long row = r * columns;
            float mean = statistics.getAtIndex(JAVA_FLOAT, 2 * r);
            float inverse = statistics.getAtIndex(JAVA_FLOAT, 2 * r + 1);
            FloatVector sums = FloatVector.zero(SPECIES);
            FloatVector products = FloatVector.zero(SPECIES);
            for (int c = 0; c < bound; c += LANES) {
                FloatVector d = load(dy, row + c).mul(load(gain, c));
                sums = sums.add(d);
                products = d.fma(load(x, row + c).sub(mean).mul(inverse), products);
            }
            if (bound < columns) {
                FloatVector d = load(dy, row + bound, rest).mul(load(gain, bound, rest));
                sums = sums.add(d);
                products = d.fma(load(x, row + bound, rest).sub(mean).mul(inverse), products);
            }
            // (d - sum - (x - mean) * inverse * along) * inverse
            float slope = inverse * inverse * sum(products) / columns;
            float shift = inverse * sum(sums) / columns;
            layerNormRow(x, gain, dy, dx, row, columns, mean, inverse, slope, shift);
        }
    }

    /** {@code dx = dy * gain * inverse - (x - mean) * slope - shift}. */
    private static void layerNormRow(
            MemorySegment x,
            MemorySegment gain,
            MemorySegment dy,
            MemorySegment dx,
            long row,
            int columns,
            float mean,
            float inverse,
            float slope,
            float shift) {
        int bound = SPECIES.loopBound(columns);
        for (int c = 0; c < bound; c += LANES) {
            FloatVector d = load(dy, row + c).mul(load(gain, c)).mul(inverse);
            store(dx, row + c, d.sub(load(x, row + c).sub(mean).mul(slope)).sub(shift));
        }
        if (bound < columns) {
            VectorMask<Float> rest = SPECIES.indexInRange(bound, columns);
            FloatVector d =
                    load(dy, row + bound, rest).mul(load(gain, bound, rest)).mul(inverse);
            FloatVector deviation = load(x, row + bound, rest).sub(mean);
            store(dx, row + bound, rest, d.sub(deviation.mul(slope)).sub(shift));
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
        int bound = SPECIES.loopBound(columns);
        VectorMask<Float> rest = SPECIES.indexInRange(bound, columns);
        for (long r = 0; r < rows; r++) {
            long row = r * columns;
            float mean = statistics.getAtIndex(JAVA_FLOAT, 2 * r);
            float inverse = statistics.getAtIndex(JAVA_FLOAT, 2 * r + 1);
            for (int c = 0; c < bound; c += LANES) {
                FloatVector d = load(dy, row + c);
                FloatVector normal = load(x, row + c).sub(mean).mul(inverse);
                store(gainGradient, c, d.fma(normal, load(gainGradient, c)));
                store(shiftGradient, c, load(shiftGradient, c).add(d));
            }
            if (bound < columns) {
                FloatVector d = load(dy, row + bound, rest);
                FloatVector normal = load(x, row + bound, rest).sub(mean).mul(inverse);
                store(gainGradient, bound, rest, d.fma(normal, load(gainGradient, bound, rest)));
                store(
                        shiftGradient,
                        bound,
                        rest,
                        load(shiftGradient, bound, rest).add(d));
            }
        }
    }

    @Override
    public void maskedSoftmax(MemorySegment x, int rows, int columns, int first, int more, float factor) {
        long all = Part.exact(x, 0, (long) rows * columns);
        for (int r = 0; r < rows; r++) {
            long row = (long) r * columns;
            long part = Part.behind(all, row);
            int seen = first + r * more;
            float top = VectorSoftmax.largest(part, seen);
            float total = VectorSoftmax.exponentials(part, part, seen, top, factor);
            VectorSoftmax.scale(part, seen, 1 / total);
            clear(x, row + seen, columns - seen);
        }
    }

    @Override
    public void maskedSoftmaxBackward(
            MemorySegment y, MemorySegment dy, int rows, int columns, int first, int more, float factor) {
        for (int r = 0; r < rows; r++) {
            long row = (long) r * columns;
            int seen = first + r * more;
            int bound = SPECIES.loopBound(seen);
            VectorMask<Float> rest = Lanes.first(seen - bound);
            FloatVector dots = FloatVector.zero(SPECIES);
            for (int c = 0; c < bound; c += LANES) {
                dots = load(y, row + c).fma(load(dy, row + c), dots);
            }
            if (bound < seen) {
                dots = load(y, row + bound, rest).fma(load(dy, row + bound, rest), dots);
            }
            float dot = sum(dots);
            for (int c = 0; c < bound; c += LANES) {
                store(dy, row + c, load(dy, row + c).sub(dot).mul(factor).mul(load(y, row + c)));
            }
            if (bound < seen) {
                FloatVector d = load(dy, row + bound, rest).sub(dot).mul(factor);
                store(dy, row + bound, rest, d.mul(load(y, row + bound, rest)));
            }
            clear(dy, row + seen, columns - seen);
        }
    }

    private static void clear(MemorySegment memory, long first, long count) {
        memory.asSlice(first * Float.BYTES, count * Float.BYTES).fill((byte) 0);
    }
}
