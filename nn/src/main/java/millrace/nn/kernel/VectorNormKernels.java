package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.nativeOrder;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The ones that run. Lanes are added from the first to the last, so that the bits do not depend on the compiler. */
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
        for (long r = 0; r < rows; r++) {
            long row = r * columns;
            FloatVector sums = FloatVector.zero(SPECIES);
            for (int c = 0; c < columns; c += LANES) {
                sums = sums.add(load(x, row + c, SPECIES.indexInRange(c, columns)));
            }
            float mean = sum(sums) / columns;
            FloatVector squares = FloatVector.zero(SPECIES);
            for (int c = 0; c < columns; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, columns);
                FloatVector deviation = load(x, row + c, mask).lanewise(VectorOperators.SUB, mean, mask);
                squares = deviation.fma(deviation, squares);
            }
            float inverse = (float) (1 / Math.sqrt(sum(squares) / columns + epsilon));
            for (int c = 0; c < columns; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, columns);
                FloatVector normal = load(x, row + c, mask).sub(mean).mul(inverse);
                store(y, row + c, mask, normal.fma(load(gain, c, mask), load(shift, c, mask)));
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
        for (long r = 0; r < rows; r++) {
            long row = r * columns;
            float mean = statistics.getAtIndex(JAVA_FLOAT, 2 * r);
            float inverse = statistics.getAtIndex(JAVA_FLOAT, 2 * r + 1);
            FloatVector sums = FloatVector.zero(SPECIES);
            FloatVector products = FloatVector.zero(SPECIES);
            for (int c = 0; c < columns; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, columns);
                FloatVector d = load(dy, row + c, mask).mul(load(gain, c, mask));
                sums = sums.add(d);
                products = d.fma(load(x, row + c, mask).sub(mean).mul(inverse), products);
            }
            float sum = sum(sums) / columns;
            float along = sum(products) / columns;
            for (int c = 0; c < columns; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, columns);
                FloatVector d = load(dy, row + c, mask).mul(load(gain, c, mask));
                FloatVector normal = load(x, row + c, mask).sub(mean).mul(inverse);
                store(dx, row + c, mask, d.sub(sum).sub(normal.mul(along)).mul(inverse));
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
        // the sums of one vector of columns stay in registers while the rows go by
        for (int c = 0; c < columns; c += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(c, columns);
            FloatVector gains = load(gainGradient, c, mask);
            FloatVector shifts = load(shiftGradient, c, mask);
            for (long r = 0; r < rows; r++) {
                float mean = statistics.getAtIndex(JAVA_FLOAT, 2 * r);
                float inverse = statistics.getAtIndex(JAVA_FLOAT, 2 * r + 1);
                FloatVector d = load(dy, r * columns + c, mask);
                gains = d.fma(load(x, r * columns + c, mask).sub(mean).mul(inverse), gains);
                shifts = shifts.add(d);
            }
            store(gainGradient, c, mask, gains);
            store(shiftGradient, c, mask, shifts);
        }
    }

    @Override
    public void causalSoftmax(MemorySegment x, int rows, int columns, int first, float factor) {
        for (int r = 0; r < rows; r++) {
            long row = (long) r * columns;
            int seen = first + r;
            FloatVector tops = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            for (int c = 0; c < seen; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, seen);
                tops = tops.lanewise(VectorOperators.MAX, load(x, row + c, mask), mask);
            }
            float top = tops.reduceLanes(VectorOperators.MAX);
            FloatVector sums = FloatVector.zero(SPECIES);
            for (int c = 0; c < seen; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, seen);
                FloatVector e = VectorMath.exp(load(x, row + c, mask).sub(top).mul(factor));
                store(x, row + c, mask, e);
                sums = sums.add(e, mask);
            }
            float share = 1 / sum(sums);
            for (int c = 0; c < columns; c += LANES) {
                VectorMask<Float> inside = SPECIES.indexInRange(c, columns);
                VectorMask<Float> mask = SPECIES.indexInRange(c, seen);
                store(x, row + c, inside, load(x, row + c, mask).mul(share));
            }
        }
    }

    @Override
    public void causalSoftmaxBackward(
            MemorySegment y, MemorySegment dy, int rows, int columns, int first, float factor) {
        for (int r = 0; r < rows; r++) {
            long row = (long) r * columns;
            int seen = first + r;
            FloatVector dots = FloatVector.zero(SPECIES);
            for (int c = 0; c < seen; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, seen);
                dots = load(y, row + c, mask).fma(load(dy, row + c, mask), dots);
            }
            float dot = sum(dots);
            for (int c = 0; c < columns; c += LANES) {
                VectorMask<Float> inside = SPECIES.indexInRange(c, columns);
                VectorMask<Float> mask = SPECIES.indexInRange(c, seen);
                FloatVector d = load(dy, row + c, mask).sub(dot).mul(factor);
                store(dy, row + c, inside, d.mul(load(y, row + c, mask)));
            }
        }
    }

    private static float sum(FloatVector vector) {
        float sum = 0;
        for (int lane = 0; lane < LANES; lane++) {
            sum += vector.lane(lane);
        }
        return sum;
    }

    private static FloatVector load(MemorySegment memory, long index, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, memory, index * Float.BYTES, nativeOrder(), mask);
    }

    private static void store(MemorySegment memory, long index, VectorMask<Float> mask, FloatVector value) {
        value.intoMemorySegment(memory, index * Float.BYTES, nativeOrder(), mask);
    }
}
