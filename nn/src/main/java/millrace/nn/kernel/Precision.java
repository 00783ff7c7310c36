package millrace.nn.kernel;

/** What the factors of products are rounded to; weights, gradients, sums and everything else are float32. */
public enum Precision {
    F32,
    /** bfloat16: the upper half of a float32, rounded to the nearest, ties to even. */
    BF16;

    /** The fast kernels of this machine that compute so. */
    public Kernels kernels() {
        return switch (this) {
            case F32 -> Kernels.fast();
            case BF16 -> Bf16Kernels.INSTANCE;
        };
    }
}
