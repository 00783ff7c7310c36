package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.ForwardingKernels;
import millrace.nn.kernel.GatheringLinear;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Linear;
import millrace.nn.kernel.bf16.Bf16Kernels;

/**
 * Kernels that multiply matrices and convolve by oneDNN; everything else is done by other kernels. Several may be made of one
 * library, which is loaded once a process.
 */
public final class DnnlKernels extends ForwardingKernels {
    // fewer forwards do not win back what the copy costs
    private static final int FORWARDS_FOR_A_COPY = 4;

    private final OneDnn library;
    private final boolean copies;
    private final boolean gathers;

    /**
     * @param others what does everything but products and convolutions
     * @param copies whether weights are copied for their forwards, which several micro-batches share
     * @param gathers whether gradients are products of the rows of several micro-batches
     */
    private DnnlKernels(Kernels others, OneDnn library, boolean copies, boolean gathers) {
        super(others);
        this.library = library;
        this.copies = copies;
        this.gathers = gathers;
    }

    /**
     * With the library of this platform; empty where there is none.
     *
     * @param others what does everything but products and convolutions
     */
    public static Optional<DnnlKernels> load(Kernels others) {
        OneDnn library = OneDnn.load();
        return library == null ? Optional.empty() : Optional.of(new DnnlKernels(others, library, false, false));
    }

    /** The same with factors rounded to bfloat16: by the processor's instructions where it has them, else in software. */
    public Kernels bf16() {
        return library.primitives().hasBf16() ? new DnnlBf16Kernels(this, library, false) : new Bf16Kernels(this);
    }

    @Override
    public Kernels preparedFor(Sharing sharing) {
        // on processors without these vectors the copy costs what it saves (docs/decisions/onednn.md)
        boolean pays = sharing.forwards() >= FORWARDS_FOR_A_COPY
                && library.primitives().hasAvx512();
        return new DnnlKernels(others, library, pays, sharing.gradients() > 1);
    }

    @Override
    public Linear linear(Linear.Sizes sizes) {
        Linear plain = super.linear(sizes);
        Linear copying = copies ? new DnnlPackedLinear(library, plain, sizes) : plain;
        return gathers ? new GatheringLinear(copying, sizes) : copying;
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
        if (m == 0 || n == 0 || k == 0) {
            // nothing to multiply: zeros, or what is there
            others.gemm(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, c, strideC);
            return;
        }
        library.sgemm(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate ? 1 : 0, c, strideC);
    }

    @Override
    public Convolution convolution(Convolution.Sizes sizes) {
        return new DnnlConvolution(library, sizes, DnnlApi.F32, this);
    }

    @Override
    public String toString() {
        return "oneDNN, " + others;
    }
}
