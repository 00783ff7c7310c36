package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Linear;
import millrace.nn.kernel.bf16.Bf16Kernels;
import millrace.nn.kernel.vector.VectorKernels;

/**
 * Kernels that multiply matrices and convolve by oneDNN; everything else is done by the Vector API. Several may be made of
 * one library, which is loaded once a process.
 */
public final class DnnlKernels extends VectorKernels {
    // fewer forwards do not win back what the copy costs
    private static final int FORWARDS_FOR_A_COPY = 4;

    private final OneDnn library;
    private final boolean copies;

    /**
     * @param copies whether weights are copied for their forwards, which several micro-batches share
     */
    private DnnlKernels(OneDnn library, boolean copies) {
        this.library = library;
        this.copies = copies;
    }

    /** With the library of this platform; empty where there is none. */
    public static Optional<DnnlKernels> load() {
        OneDnn library = OneDnn.load();
        return library == null ? Optional.empty() : Optional.of(new DnnlKernels(library, false));
    }

    /** The same with factors rounded to bfloat16: by the processor's instructions where it has them, else in software. */
    public Kernels bf16() {
        return library.primitives().hasBf16() ? new DnnlBf16Kernels(this, library, false) : new Bf16Kernels(this);
    }

    @Override
    public Kernels preparedFor(int forwards, boolean betweenBatches) {
        // on processors without these vectors the copy costs what it saves (docs/decisions/onednn.md)
        boolean pays = forwards >= FORWARDS_FOR_A_COPY && library.primitives().hasAvx512();
        return pays ? new DnnlKernels(library, true) : this;
    }

    @Override
    public Linear linear(Linear.Sizes sizes) {
        Linear plain = super.linear(sizes);
        return copies ? new DnnlPackedLinear(library, plain, sizes) : plain;
    }

    @Override
    protected void multiply(
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
        library.sgemm(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate ? 1 : 0, c, strideC);
    }

    @Override
    public Convolution convolution(Convolution.Sizes sizes) {
        return new DnnlConvolution(library, sizes, DnnlApi.F32, this);
    }

    @Override
    public String toString() {
        return "oneDNN, " + vectors();
    }
}
