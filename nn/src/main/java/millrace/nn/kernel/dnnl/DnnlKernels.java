package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import millrace.nn.choice.Choice;
import millrace.nn.choice.Choice.Form;
import millrace.nn.choice.KernelChoices;
import millrace.nn.choice.ProductTimer;
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

    // of a matrix that leaves a core's cache: for smaller ones the plain product is as fast
    private static final long ELEMENTS_FOR_THE_PRIMITIVE = 1 << 20;

    private static final Sharing NO_SHARING = new Sharing(0, 0);

    private final OneDnn library;
    private final KernelChoices choices;
    private final Sharing sharing;

    /**
     * @param others what does everything but products and convolutions
     * @param choices how weights are multiplied, where not as usual
     * @param sharing of a training; of none where nobody knows, and nothing is copied or gathered
     */
    private DnnlKernels(Kernels others, OneDnn library, KernelChoices choices, Sharing sharing) {
        super(others);
        this.library = library;
        this.choices = choices;
        this.sharing = sharing;
    }

    /**
     * With the library of this platform; empty where there is none.
     *
     * @param others what does everything but products and convolutions
     */
    public static Optional<DnnlKernels> load(Kernels others) {
        OneDnn library = OneDnn.load();
        return library == null
                ? Optional.empty()
                : Optional.of(new DnnlKernels(others, library, KernelChoices.NONE, NO_SHARING));
    }

    /** The same with factors rounded to bfloat16: by the processor's instructions where it has them, else in software. */
    public Kernels bf16() {
        return library.primitives().hasBf16() ? new DnnlBf16Kernels(this, library, NO_SHARING) : new Bf16Kernels(this);
    }

    @Override
    public Kernels preparedFor(Sharing sharing) {
        return new DnnlKernels(others, library, choices, sharing);
    }

    @Override
    public KernelChoices choices() {
        return choices;
    }

    @Override
    public boolean chooses() {
        return true;
    }

    @Override
    public Kernels choosing(KernelChoices value) {
        return new DnnlKernels(others, library, value, sharing);
    }

    @Override
    public long stride(int rows, int columns) {
        return choices.padded(columns, rows)
                .map(padded -> Linear.stride(columns, padded))
                .orElseGet(() -> super.stride(rows, columns));
    }

    @Override
    public Linear linear(Linear.Sizes sizes) {
        Choice choice = choices.of(sizes.in(), sizes.out(), sharing.forwards())
                .orElseGet(() -> usual(sizes.in(), sizes.out(), sharing.forwards()));
        Linear each = linear(sizes, choice);
        return sharing.gradients() > 0 ? new GatheringLinear(each, this, sizes, sharing.gradients() > 1) : each;
    }

    /** How a matrix is multiplied of which nothing was measured. */
    private Choice usual(int in, int out, int forwards) {
        return new Choice(usualForward(in, out, forwards), Form.PLAIN, Linear.usualStride(out, in) > in);
    }

    private Form usualForward(int in, int out, int forwards) {
        // on processors without these vectors the copy costs what it saves (docs/decisions/onednn.md)
        if (!library.primitives().hasAvx512()) {
            return Form.PLAIN;
        }
        if (forwards >= FORWARDS_FOR_A_COPY) {
            return Form.PACKED;
        }
        return (long) in * out >= ELEMENTS_FOR_THE_PRIMITIVE ? Form.PRIMITIVE : Form.PLAIN;
    }

    /** What measures this processor. */
    public ProductTimer timer() {
        return new DnnlProductTimer(this, library, this::usual);
    }

    /** The products of a weight matrix in a certain form. */
    Linear linear(Linear.Sizes sizes, Choice choice) {
        Linear plain = super.linear(sizes);
        return choice.isPlain() ? plain : new DnnlPrimitiveLinear(library, plain, sizes, choice);
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
