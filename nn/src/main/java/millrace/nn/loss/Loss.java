package millrace.nn.loss;

import millrace.nn.data.Dataset;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * What training makes small. A loss is a sum over samples; the mean that is reported and followed comes from dividing
 * by the {@link #weight} of the whole batch, exactly once, so that cutting a batch into micro-batches changes nothing.
 */
public interface Loss {
    /** The name in run files: {@code cross-entropy}. */
    String name();

    /** The name with all that the loss's values depend on: two losses that are described alike can be compared. */
    default String description() {
        return name();
    }

    /** Whether targets are class labels (I32, one a sample or a position) or values (F32, the output's shape). */
    boolean takesLabels();

    /**
     * Checks the network's output shape against the targets'.
     *
     * @param output shape of one sample's output
     * @param target shape of one sample's target
     * @param classes number of classes, 0 where targets are values
     * @throws IllegalArgumentException naming both and the remedy
     */
    void check(Shape output, Shape target, int classes);

    /**
     * Looks at all targets of a set, before anything is done with it; not where a loss takes all that fit by their shape.
     *
     * @throws IllegalArgumentException when the loss means nothing for them: names the set, the row, the value and the remedy
     */
    default void checkTargets(Dataset data) {}

    /** What the mean over these targets divides by: samples, unless the loss counts otherwise. */
    default double weight(Tensor target) {
        return target.rows();
    }

    /**
     * Sum of the samples' losses.
     *
     * @param output rows x outputs, the network's output
     * @param target labels (rows, or rows x positions) or values (rows x outputs)
     */
    double sum(Kernels kernels, Tensor output, Tensor target);

    /**
     * Sum of the samples' losses, and its gradient.
     *
     * @param scale what the gradient is multiplied by: 1 / weight of the batch
     * @param gradient rows x outputs, filled with {@code scale * d sum / d output}
     */
    double sumAndGradient(Kernels kernels, Tensor output, Tensor target, float scale, Tensor gradient);
}
