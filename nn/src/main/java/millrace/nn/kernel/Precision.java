package millrace.nn.kernel;

/** What the factors of products are rounded to; weights, gradients, sums and everything else are float32. */
public enum Precision {
    /** As they are. */
    F32,
    /** bfloat16: the upper half of a float32, rounded to the nearest, ties to even. */
    BF16
}
