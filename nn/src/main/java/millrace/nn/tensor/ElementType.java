package millrace.nn.tensor;

/** What a tensor's elements are. */
public enum ElementType {
    /** IEEE 754 single precision: activations, weights, gradients. */
    F32(4),
    /** 32-bit integers: class labels, tokens. */
    I32(4),
    /** bfloat16, the upper half of an {@link #F32}: what a line sends from stage to stage where it is asked to. */
    BF16(2);

    /** Bytes of the largest element: memory that is shared by tensors of all types is counted in these. */
    public static final int MOST_BYTES = 4;

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
