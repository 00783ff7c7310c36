package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The three products of a weight matrix of one size with rows of activations: what {@link Kernels#linear} makes, once for
 * a matrix. It may keep the matrix in a form of its own, hence the version. One thread at a time.
 */
public interface Linear {
    /**
     * The sizes.
     *
     * @param in columns of W
     * @param out rows of W
     * @param stride floats from one row of W, or of its gradient, to the next
     */
    record Sizes(int in, int out, long stride) {}

    /**
     * A weight matrix at one time.
     *
     * @param memory out x in
     * @param version another one whenever the memory or what it holds is another
     */
    record Weight(MemorySegment memory, long version) {}

    /** {@code y = x W^T}, or added to what is in y; x: rows x in, y: rows x out. */
    void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y);

    /** {@code dx = dy W}, or added to what is in dx; dy: rows x out, dx: rows x in. */
    void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx);

    /**
     * {@code dW = dy^T x}, or added to what is there. The product may be put off until {@link #finishWeight}; x and dy are
     * not needed any longer in any case.
     *
     * @param stride floats from one row of dy to the next
     */
    void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient);

    /** Makes the products that were put off, before somebody reads the gradient that they were to go to. */
    default void finishWeight() {}

    /** Bytes that are held for products that are put off. */
    default long gatheredBytes() {
        return 0;
    }

    /** Frees what is held outside the heap. */
    default void close() {}
}
