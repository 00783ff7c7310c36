package millrace.nn.kernel.bf16;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.NormKernels;
import millrace.nn.kernel.Pooling;
import millrace.nn.kernel.RecurrentKernels;
import millrace.nn.kernel.UpdateRule;
import millrace.nn.kernel.Window;

/**
 * Other kernels whose products round their factors to bfloat16 and add up in float32: a product of two such numbers is exact
 * in float32. Everything else is as it was. The rounding is done in software, so this shows what bfloat16 does to a training
 * on any machine; it is no faster than float32. Where the processor has instructions for it, {@code nn.kernel.dnnl} gives the
 * same arithmetic up to the order of the sums and to numbers below 2^-126, which the instructions take as zero.
 *
 * @see <a href="https://arxiv.org/abs/1905.12322">A Study of BFLOAT16 for Deep Learning Training, Kalamkar et al. 2019</a>
 */
public class Bf16Kernels implements Kernels {
    /** What multiplies the rounded factors, and does everything else. */
    protected final Kernels f32;

    /**
     * Kernels over others.
     *
     * @param f32 what multiplies the rounded factors, and does everything else
     */
    public Bf16Kernels(Kernels f32) {
        this.f32 = f32;
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
    public Convolution convolution(Convolution.Sizes sizes) {
        return new Bf16Convolution(f32.convolution(sizes), sizes);
    }

    @Override
    public Pooling pooling(int height, int width, Window window) {
        return f32.pooling(height, width, window);
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
    public void penalise(GradientShaping shaping, MemorySegment weights, MemorySegment gradients, long elements) {
        f32.penalise(shaping, weights, gradients, elements);
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

    @Override
    public String toString() {
        return "bfloat16 in software, " + f32;
    }
}
