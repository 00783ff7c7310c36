package millrace.nn.kernel.bf16;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.ForwardingKernels;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.LargeProduct;

/**
 * Other kernels whose products round their factors to bfloat16 and add up in float32: a product of two such numbers is exact
 * in float32. Everything else is as it was. The rounding is done in software, so this shows what bfloat16 does to a training
 * on any machine; it is no faster than float32. Where the processor has instructions for it, {@code nn.kernel.dnnl} gives the
 * same arithmetic up to the order of the sums and to numbers below 2^-126, which the instructions take as zero.
 *
 * @see <a href="https://arxiv.org/abs/1905.12322">A Study of BFLOAT16 for Deep Learning Training, Kalamkar et al. 2019</a>
 */
public class Bf16Kernels extends ForwardingKernels {
    /**
     * Kernels over others.
     *
     * @param f32 what multiplies the rounded factors, and does everything else
     */
    public Bf16Kernels(Kernels f32) {
        super(f32);
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
        others.gemm(
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

    /** Rounding in software multiplies no faster. */
    @Override
    public LargeProduct largeProduct(int size) {
        return others.largeProduct(size);
    }

    @Override
    public Convolution convolution(Convolution.Sizes sizes) {
        return new Bf16Convolution(others.convolution(sizes), sizes);
    }

    @Override
    public String toString() {
        return "bfloat16 in software, " + others;
    }
}
