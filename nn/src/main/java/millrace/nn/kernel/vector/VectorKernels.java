package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Lanes.load;
import static millrace.nn.kernel.vector.Lanes.store;
import static millrace.nn.kernel.vector.Lanes.sum;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.NormKernels;
import millrace.nn.kernel.Pooling;
import millrace.nn.kernel.RecurrentKernels;
import millrace.nn.kernel.UpdateRule;
import millrace.nn.kernel.Window;
import millrace.nn.kernel.scalar.ScalarConvolution;

/**
 * Kernels by the JDK's Vector API alone: what runs where there is no oneDNN, and, but for products and convolutions, what
 * runs where there is ({@code nn.kernel.dnnl} leaves the rest to these). They need the module {@code jdk.incubator.vector}
 * ({@link VectorApi}).
 *
 * <p>Only operations whose result Java defines exactly are used (add, multiply, divide, square root, fused
 * multiply-add): the vector library's exp and tanh, and {@code reduceLanes(ADD)}, may give other bits before than
 * after compilation, which would break "the same run gives the same bits".
 */
public final class VectorKernels implements Kernels {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final NormKernels NORMS = new VectorNormKernels();
    private static final RecurrentKernels RECURRENT = new VectorRecurrentKernels();

    /** Kernels without state. */
    public VectorKernels() {}

    @Override
    public void gemm(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            MemorySegment a,
            long strideA,
            MemorySegment b,
            long strideB,
            boolean accumulate,
            MemorySegment c,
            long strideC) {
        if (m == 0 || n == 0 || (k == 0 && accumulate)) {
            return;
        }
        if (k == 0) {
            for (int i = 0; i < m; i++) {
                c.asSlice(i * strideC * Float.BYTES, (long) n * Float.BYTES).fill((byte) 0);
            }
        } else {
            VectorGemm.gemm(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, c, strideC);
        }
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, MemorySegment sum, long elements) {
        for (long from = 0; from < elements; from += Part.MOST) {
            int n = Part.size(from, elements);
            VectorRows.sum(Part.exact(x, from, n), Part.exact(y, from, n), Part.exact(sum, from, n), n);
        }
        Part.keep(x, y, sum);
    }

    @Override
    public Convolution convolution(Convolution.Sizes sizes) {
        return new ScalarConvolution(sizes);
    }

    @Override
    public Pooling pooling(int height, int width, Window window) {
        return new VectorPooling(height, width, window);
    }

    @Override
    public void planeSums(MemorySegment x, int rows, int channels, int places, boolean accumulate, MemorySegment sums) {
        int bound = SPECIES.loopBound(places);
        VectorMask<Float> rest = SPECIES.indexInRange(bound, places);
        for (int c = 0; c < channels; c++) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int r = 0; r < rows; r++) {
                long plane = ((long) r * channels + c) * places;
                for (int p = 0; p < bound; p += LANES) {
                    sum = sum.add(load(x, plane + p));
                }
                if (bound < places) {
                    sum = sum.add(load(x, plane + bound, rest));
                }
            }
            float before = accumulate ? sums.getAtIndex(ValueLayout.JAVA_FLOAT, c) : 0;
            sums.setAtIndex(ValueLayout.JAVA_FLOAT, c, before + sum(sum));
        }
    }

    @Override
    public NormKernels norms() {
        return NORMS;
    }

    @Override
    public RecurrentKernels recurrent() {
        return RECURRENT;
    }

    @Override
    public void toBfloat16(MemorySegment floats, MemorySegment bfloat16, long elements) {
        VectorBfloat16.narrow(floats, bfloat16, elements);
    }

    @Override
    public void fromBfloat16(MemorySegment bfloat16, MemorySegment floats, long elements) {
        VectorBfloat16.widen(bfloat16, floats, elements);
    }

    @Override
    public void addBias(MemorySegment y, int rows, int columns, MemorySegment bias) {
        long first = Part.exact(y, 0, (long) rows * columns);
        long added = Part.exact(bias, 0, columns);
        for (int r = 0; r < rows; r++) {
            VectorRows.add(Part.behind(first, (long) r * columns), added, columns);
        }
        Part.keep(y, bias);
    }

    @Override
    public void columnSums(MemorySegment x, int rows, int columns, boolean accumulate, MemorySegment sums) {
        if (!accumulate) {
            sums.asSlice(0, (long) columns * Float.BYTES).fill((byte) 0);
        }
        long sum = Part.exact(sums, 0, columns);
        long first = Part.exact(x, 0, (long) rows * columns);
        // row by row: walking down a column whose rows are a power of two apart misses every cache
        for (int r = 0; r < rows; r++) {
            VectorRows.add(sum, Part.behind(first, (long) r * columns), columns);
        }
        Part.keep(x, sums);
    }

    @Override
    public void activate(Activation f, MemorySegment x, MemorySegment y, long elements) {
        VectorActivations.forward(f, x, y, elements);
    }

    @Override
    public void activateBackward(Activation f, MemorySegment saved, MemorySegment dy, MemorySegment dx, long elements) {
        VectorActivations.backward(f, saved, dy, dx, elements);
    }

    @Override
    public void softmax(MemorySegment x, MemorySegment y, int rows, int columns) {
        long all = (long) rows * columns;
        long from = Part.exact(x, 0, all);
        long to = Part.exact(y, 0, all);
        for (int r = 0; r < rows; r++) {
            long row = Part.behind(to, (long) r * columns);
            long logits = Part.behind(from, (long) r * columns);
            float top = VectorSoftmax.largest(logits, columns);
            float total = VectorSoftmax.exponentials(logits, row, columns, top, 1);
            VectorSoftmax.scale(row, columns, 1 / total);
        }
        Part.keep(x, y);
    }

    @Override
    public void softmaxBackward(MemorySegment y, MemorySegment dy, MemorySegment dx, int rows, int columns) {
        for (int r = 0; r < rows; r++) {
            long row = (long) r * columns;
            FloatVector dots = FloatVector.zero(SPECIES);
            for (int c = 0; c < columns; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, columns);
                dots = load(y, row + c, mask).fma(load(dy, row + c, mask), dots);
            }
            float dot = sum(dots);
            for (int c = 0; c < columns; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, columns);
                FloatVector d = load(dy, row + c, mask).sub(dot).mul(load(y, row + c, mask));
                store(dx, row + c, mask, d);
            }
        }
    }

    @Override
    public double sumOfSquares(MemorySegment x, long elements) {
        return VectorUpdates.sumOfSquares(x, elements);
    }

    @Override
    public void scale(MemorySegment x, float factor, long elements) {
        VectorUpdates.scale(x, factor, elements);
    }

    @Override
    public void update(
            UpdateRule rule,
            GradientShaping shaping,
            MemorySegment weights,
            MemorySegment updated,
            MemorySegment gradients,
            MemorySegment state1,
            MemorySegment state2,
            MemorySegment state3,
            long elements) {
        VectorUpdates.update(rule, shaping, weights, updated, gradients, state1, state2, state3, elements);
    }

    @Override
    public void penalise(GradientShaping shaping, MemorySegment weights, MemorySegment gradients, long elements) {
        VectorUpdates.penalise(shaping, weights, gradients, elements);
    }

    /** What multiplies matrices, and how wide vectors are: for start messages and benchmarks. */
    @Override
    public String toString() {
        return "Vector API, " + SPECIES.vectorBitSize() + "-bit vectors, " + ValueLayout.JAVA_FLOAT.order();
    }
}
