package millrace.nn.tensor;

/** What a tensor's elements are; every type here takes four bytes. */
public enum ElementType {
    /** IEEE 754 single precision: activations, weights, gradients. */
    F32,
    /** 32-bit integers: class labels, later token numbers. */
    I32;

    /** Bytes of one element. */
    public static final int BYTES = 4;
}
