package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Linear;

/**
 * A weight matrix rounded to bfloat16, once for each version of it: out x in without gaps. Both products read this one copy as
 * it lies. To bring its elements into the order that the instructions want is then a part of each product, and takes a tenth of
 * the time that it takes beforehand; only where many products use the same weights there are further copies in that order
 * (docs/decisions/onednn.md). The bits are the same.
 */
final class DnnlBf16Weight {
    // products of one version that win back what a copy for them costs
    private static final int FORWARDS_FOR_A_COPY = 12;
    private static final int BACKWARDS_FOR_A_COPY = 2;

    private final DnnlProducts products;
    private final DnnlPrimitive round;
    private final MemorySegment rounded;
    private final DnnlFactor forForward;
    private final DnnlFactor forInput;
    private Linear.Weight latest = new Linear.Weight(MemorySegment.NULL, 0);

    /**
     * @param uses forwards, and backwards, that one version of the weights serves
     */
    DnnlBf16Weight(DnnlProducts products, Linear.Sizes sizes, int uses) {
        int in = sizes.in();
        int out = sizes.out();
        this.products = products;
        MemorySegment rows = products.rows(DnnlApi.BF16, out, in);
        this.round = products.reorder(products.matrix(DnnlApi.F32, out, in, sizes.stride(), 1), rows);
        this.rounded = products.allocate(rows);
        this.forForward = factor(new DnnlFactor.Matrix(DnnlApi.BF16, in, out, 1, in), uses >= FORWARDS_FOR_A_COPY);
        this.forInput = factor(new DnnlFactor.Matrix(DnnlApi.BF16, out, in, in, 1), uses >= BACKWARDS_FOR_A_COPY);
    }

    private DnnlFactor factor(DnnlFactor.Matrix matrix, boolean packs) {
        return packs ? DnnlFactor.packed(products, matrix, DnnlApi.BF16) : DnnlFactor.plain(products, matrix);
    }

    /** {@code y = x W^T}, or added to what is in y; x: rows x in of bfloat16, y: rows x out. */
    void forward(int rows, MemorySegment x, Linear.Weight weight, boolean accumulate, MemorySegment y) {
        forForward.multiply(rows, x, rounded(weight), accumulate, y);
    }

    /** {@code y = x W^T + b}, with b: out of float32. */
    void forward(int rows, MemorySegment x, Linear.Weight weight, MemorySegment bias, MemorySegment y) {
        forForward.multiply(rows, x, rounded(weight), bias, y);
    }

    /** {@code dx = dy W}, or added to what is in dx; dy: rows x out of bfloat16, dx: rows x in. */
    void backwardInput(int rows, MemorySegment dy, Linear.Weight weight, boolean accumulate, MemorySegment dx) {
        forInput.multiply(rows, dy, rounded(weight), accumulate, dx);
    }

    private Linear.Weight rounded(Linear.Weight weight) {
        if (!weight.equals(latest)) {
            products.run(round, weight.memory(), rounded);
            latest = weight;
        }
        return new Linear.Weight(rounded, weight.version());
    }
}
