package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Kernels whose products round their factors to bfloat16 and add up in float32: a product of two such numbers is exact in
 * float32. Everything else is as it was. Weight matrices and convolutions are multiplied by the processor's own bfloat16
 * instructions where it has them. The rest, and everything where it has not, is rounded in software, with float32 products
 * behind it: the same arithmetic up to the order of the sums and to numbers below 2^-126, which the instructions take as
 * zero, but no faster.
 *
 * @param units the library on a processor with such instructions, or null
 * @param putsOff whether a part of the gradients may be put off
 * @see <a href="https://arxiv.org/abs/1905.12322">A Study of BFLOAT16 for Deep Learning Training, Kalamkar et al. 2019</a>
 */
record Bf16Kernels(Kernels f32, @Nullable OneDnn units, boolean putsOff) implements Kernels {
    static final Kernels INSTANCE = new Bf16Kernels(Kernels.fast(), VectorKernels.INSTANCE.withBf16(), false);

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
        int columnsA = transposeA ? m : k;
        int columnsB = transposeB ? k : n;
        RoundedFactors factors = RoundedFactors.ofThread();
        MemorySegment roundedA = factors.rows(0, a, transposeA ? k : m, columnsA, strideA);
        MemorySegment roundedB = factors.rows(1, b, transposeB ? n : k, columnsB, strideB);
        f32.gemm(
                transposeA,
                transposeB,
                m,
                n,
                k,
                roundedA,
                RoundedFactors.stride(columnsA),
                roundedB,
                RoundedFactors.stride(columnsB),
                accumulate,
                c,
                strideC);
    }

    @Override
    public Kernels preparedFor(int forwards, boolean betweenBatches) {
        return new Bf16Kernels(f32, units, betweenBatches);
    }

    @Override
    public Linear linear(Linear.Sizes sizes) {
        return units != null ? new DnnlBf16Linear(units, sizes, putsOff) : new PlainLinear(this, sizes);
    }

    @Override
    public Convolution convolution(Convolution.Sizes sizes) {
        if (units != null) {
            return new DnnlConvolution(units, sizes, DnnlApi.BF16);
        }
        return new Bf16Convolution(f32.convolution(sizes), sizes);
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, MemorySegment sum, long elements) {
        f32.add(x, y, sum, elements);
    }

    @Override
    public void addBias(MemorySegment y, int rows, int columns, MemorySegment bias) {
        f32.addBias(y, rows, columns, bias);
    }

    @Override
    public void columnSums(MemorySegment x, int rows, int columns, boolean accumulate, MemorySegment sums) {
        f32.columnSums(x, rows, columns, accumulate, sums);
    }

    @Override
    public void activate(Activation f, MemorySegment x, MemorySegment y, long elements) {
        f32.activate(f, x, y, elements);
    }

    @Override
    public void activateBackward(Activation f, MemorySegment saved, MemorySegment dy, MemorySegment dx, long elements) {
        f32.activateBackward(f, saved, dy, dx, elements);
    }

    @Override
    public void softmax(MemorySegment x, MemorySegment y, int rows, int columns) {
        f32.softmax(x, y, rows, columns);
    }

    @Override
    public void softmaxBackward(MemorySegment y, MemorySegment dy, MemorySegment dx, int rows, int columns) {
        f32.softmaxBackward(y, dy, dx, rows, columns);
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
            long elements) {
        f32.update(rule, shaping, weights, updated, gradients, state1, state2, elements);
    }

    @Override
    public double sumOfSquares(MemorySegment x, long elements) {
        return f32.sumOfSquares(x, elements);
    }

    @Override
    public void scale(MemorySegment x, float factor, long elements) {
        f32.scale(x, factor, elements);
    }

    @Override
    public void planeSums(MemorySegment x, int rows, int channels, int places, boolean accumulate, MemorySegment sums) {
        f32.planeSums(x, rows, channels, places, accumulate, sums);
    }

    @Override
    public NormKernels norms() {
        return f32.norms();
    }

    @Override
    public RecurrentKernels recurrent() {
        return f32.recurrent();
    }
}
