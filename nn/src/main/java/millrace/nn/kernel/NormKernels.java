package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/** Normalization of rows, and softmax of rows that see only a part of their columns. */
public interface NormKernels {
    /**
     * {@code y = (x - mean) / sqrt(variance + epsilon) * gain + shift} for each row, the variance divided by columns.
     *
     * @param x rows x columns
     * @param gain columns
     * @param shift columns
     * @param y rows x columns
     * @param statistics rows x 2, filled with each row's mean and 1 / sqrt(variance + epsilon)
     */
    void layerNorm(
            MemorySegment x,
            MemorySegment gain,
            MemorySegment shift,
            MemorySegment y,
            MemorySegment statistics,
            int rows,
            int columns,
            float epsilon);

    /** The gradient of {@link #layerNorm} with respect to x. */
    void layerNormBackward(
            MemorySegment x,
            MemorySegment gain,
            MemorySegment statistics,
            MemorySegment dy,
            MemorySegment dx,
            int rows,
            int columns);

    /** Adds the gradients with respect to gain and shift to what is there; rows ascending. */
    void layerNormGradients(
            MemorySegment x,
            MemorySegment statistics,
            MemorySegment dy,
            MemorySegment gainGradient,
            MemorySegment shiftGradient,
            int rows,
            int columns);

    /**
     * Softmax of {@code factor * x} over the first columns of each row, in place; the other columns become 0.
     *
     * @param x rows x columns
     * @param first columns that count in the first row
     * @param more columns that every further row counts more: 1 where a position sees itself and those before it, 0 where
     *     all rows see the same
     */
    void maskedSoftmax(MemorySegment x, int rows, int columns, int first, int more, float factor);

    /**
     * The gradient of {@link #maskedSoftmax} with respect to x, in place of that with respect to its result.
     *
     * @param y what maskedSoftmax has made
     */
    void maskedSoftmaxBackward(
            MemorySegment y, MemorySegment dy, int rows, int columns, int first, int more, float factor);
}
