package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;
import millrace.nn.tensor.Memory;

/**
 * The three products of a weight matrix of one size with rows of activations: what {@link Kernels#linear} makes, once for
 * a matrix. It may keep the matrix in a form of its own, hence the version. One thread at a time.
 */
public interface Linear {
    /** Columns at which rows that are close together fall into the same few cache sets. */
    int COLLIDING_COLUMNS = 256;

    /** Floats of a cache line, by which such rows are padded. */
    int PADDING = Memory.ALIGNMENT / Float.BYTES;

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

    /**
     * Floats from one row of a matrix to the next where nothing else was chosen. Rows of 256, 512, ... floats are padded by
     * one cache line: at a power-of-two distance they fall into the same few cache sets, and a product that walks down a column
     * runs at half its speed (measured in docs/decisions/onednn.md).
     */
    static long usualStride(int rows, int columns) {
        return stride(columns, rows > 1 && columns % COLLIDING_COLUMNS == 0);
    }

    /** The same, with or without the padding. */
    static long stride(int columns, boolean padded) {
        return padded ? columns + (long) PADDING : columns;
    }

    /** {@code y = x W^T}, or added to what is in y; x: rows x in, y: rows x out. */
    void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y);

    /** {@code y = x W^T + b}, to the bits of the product and of b added to it; x: rows x in, b: out, y: rows x out. */
    void forward(int rows, MemorySegment x, Weight weight, MemorySegment bias, MemorySegment y);

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

    /**
     * Whether it keeps the weights for {@link #forward} in a form of its own, made once for a version of them: then no other
     * copy makes many calls with few rows faster.
     */
    default boolean keepsForwardCopy() {
        return false;
    }

    /** Makes the products that were put off, before somebody reads the gradient that they were to go to. */
    default void finishWeight() {}

    /** Is told of rows of a gradient when they are there. */
    @FunctionalInterface
    interface RowsMade {
        /**
         * Nothing will be added to these rows before the optimizer's step.
         *
         * @param from first row, a multiple of {@value Linear#PADDING}: no vector has elements of two blocks
         */
        void made(int from, int rows);
    }

    /**
     * As {@link #finishWeight()}, block after block: each is told of while it is still in the cache. What was not put off is
     * told of in one.
     *
     * @param out rows of the gradient
     * @param then is told of all rows, each once, in ascending order
     */
    default void finishWeight(int out, RowsMade then) {
        finishWeight();
        then.made(0, out);
    }

    /** Bytes that are held for products that are put off. */
    default long gatheredBytes() {
        return 0;
    }

    /** Frees what is held outside the heap. */
    default void close() {}
}
