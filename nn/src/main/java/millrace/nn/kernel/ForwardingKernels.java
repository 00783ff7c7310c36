package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/** Kernels that do something in a way of their own, most of them products and convolutions, and leave everything else to others. */
public abstract class ForwardingKernels implements Kernels {
    /** What does everything else. */
    protected final Kernels others;

    /**
     * Kernels over others.
     *
     * @param others what does everything that is not overridden
     */
    protected ForwardingKernels(Kernels others) {
        this.others = others;
    }

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
        others.gemm(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, c, strideC);
    }

    @Override
    public Convolution convolution(Convolution.Sizes sizes) {
        return others.convolution(sizes);
    }

    @Override
    public Pooling pooling(int height, int width, Window window) {
        return others.pooling(height, width, window);
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, MemorySegment sum, long elements) {
        others.add(x, y, sum, elements);
    }

    @Override
    public void toBfloat16(MemorySegment floats, MemorySegment bfloat16, long elements) {
        others.toBfloat16(floats, bfloat16, elements);
    }

    @Override
    public void fromBfloat16(MemorySegment bfloat16, MemorySegment floats, long elements) {
        others.fromBfloat16(bfloat16, floats, elements);
    }

    @Override
    public void addBias(MemorySegment y, int rows, int columns, MemorySegment bias) {
        others.addBias(y, rows, columns, bias);
    }

    @Override
    public void columnSums(MemorySegment x, int rows, int columns, boolean accumulate, MemorySegment sums) {
        others.columnSums(x, rows, columns, accumulate, sums);
    }

    @Override
    public void activate(Activation f, MemorySegment x, MemorySegment y, long elements) {
        others.activate(f, x, y, elements);
    }

    @Override
    public void activateBackward(Activation f, MemorySegment saved, MemorySegment dy, MemorySegment dx, long elements) {
        others.activateBackward(f, saved, dy, dx, elements);
    }

    @Override
    public void softmax(MemorySegment x, MemorySegment y, int rows, int columns) {
        others.softmax(x, y, rows, columns);
    }

    @Override
    public void softmaxBackward(MemorySegment y, MemorySegment dy, MemorySegment dx, int rows, int columns) {
        others.softmaxBackward(y, dy, dx, rows, columns);
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
        others.update(rule, shaping, weights, updated, gradients, state1, state2, state3, elements);
    }

    @Override
    public void penalise(GradientShaping shaping, MemorySegment weights, MemorySegment gradients, long elements) {
        others.penalise(shaping, weights, gradients, elements);
    }

    @Override
    public double sumOfSquares(MemorySegment x, long elements) {
        return others.sumOfSquares(x, elements);
    }

    @Override
    public void scale(MemorySegment x, float factor, long elements) {
        others.scale(x, factor, elements);
    }

    @Override
    public void planeSums(MemorySegment x, int rows, int channels, int places, boolean accumulate, MemorySegment sums) {
        others.planeSums(x, rows, channels, places, accumulate, sums);
    }

    @Override
    public NormKernels norms() {
        return others.norms();
    }

    @Override
    public RecurrentKernels recurrent() {
        return others.recurrent();
    }
}
