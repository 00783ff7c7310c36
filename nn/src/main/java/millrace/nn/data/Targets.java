package millrace.nn.data;

import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a model should say about some samples, and how much each of them counts.
 *
 * @param values labels or values, as {@link Dataset#targets}; the samples are its rows
 * @param weights F32 [samples], each finite and 0 or more; null: all samples count alike
 */
public record Targets(Tensor values, @Nullable Tensor weights) {
    /**
     * Checks the weights' type and number.
     *
     * @throws IllegalArgumentException when there is not one weight a sample
     */
    public Targets {
        if (weights != null
                && (weights.type() != ElementType.F32 || !weights.shape().equals(Shape.of(values.rows())))) {
            throw new IllegalArgumentException(
                    "weights: " + weights + " (expected: F32[" + values.rows() + "], one a sample)");
        }
    }

    /** Of samples that count alike. */
    public static Targets of(Tensor values) {
        return new Targets(values, null);
    }

    /** Number of samples. */
    public int rows() {
        return values.rows();
    }

    /** What a sample counts; 1 where all count alike. */
    public float weight(int row) {
        return weights == null ? 1 : weights.getFloat(row);
    }

    /**
     * Samples {@code from} (inclusive) to {@code to} (exclusive), without a copy.
     *
     * @throws IllegalStateException when the tensors come from a pool
     * @throws IndexOutOfBoundsException when there are no such samples
     */
    public Targets slice(int from, int to) {
        return new Targets(values.slice(from, to), weights == null ? null : weights.slice(from, to));
    }

    /** Gives up one hold of each tensor. */
    public void release() {
        values.release();
        if (weights != null) {
            weights.release();
        }
    }
}
