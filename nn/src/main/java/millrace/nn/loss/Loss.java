package millrace.nn.loss;

import millrace.nn.data.Dataset;
import millrace.nn.data.Targets;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * What training makes small. A loss is a sum over samples; the mean that is reported and followed comes from dividing
 * by the weight of the whole batch, exactly once, so that cutting a batch into micro-batches changes nothing. Where samples have
 * weights of their own, each one's loss is multiplied by its weight, and so is what the mean divides by:
 *
 * <pre>
 * mean  sum over the samples of w[i] loss[i] / sum over the samples of w[i] weight[i]
 * </pre>
 *
 * <p>Here {@code weight[i]} is 1 unless the loss counts otherwise, as cross-entropy with class weights does; a sample of weight 0
 * counts for nothing. That is PyTorch's {@code (w * losses).sum() / w.sum()} over losses that are not reduced, and
 * scikit-learn's {@code sample_weight}.
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

    /** What the mean over these samples divides by, their own weights included. */
    default double weight(Targets targets) {
        if (targets.weights() == null) {
            return weight(targets.values());
        }
        double sum = 0;
        for (int row = 0; row < targets.rows(); row++) {
            sum += targets.weight(row) * weight(row(targets.values(), row));
        }
        return sum;
    }

    /** Sum of the samples' losses, each multiplied by the sample's weight. */
    default double sum(Kernels kernels, Tensor output, Targets targets) {
        if (targets.weights() == null) {
            return sum(kernels, output, targets.values());
        }
        double sum = 0;
        for (int row = 0; row < targets.rows(); row++) {
            if (targets.weight(row) > 0) {
                sum += targets.weight(row) * sum(kernels, row(output, row), row(targets.values(), row));
            }
        }
        return sum;
    }

    /**
     * Sum of the samples' losses, each multiplied by the sample's weight, and the gradient of their mean.
     *
     * @param weight what the mean divides by: that of all samples of the optimizer step; where it is 0, so is the gradient
     * @param gradient rows x outputs, filled with {@code d (sum / weight) / d output}
     */
    default double sumAndGradient(Kernels kernels, Tensor output, Targets targets, double weight, Tensor gradient) {
        if (targets.weights() == null) {
            float scale = weight == 0 ? 0 : 1f / (float) weight;
            return sumAndGradient(kernels, output, targets.values(), scale, gradient);
        }
        double sum = 0;
        for (int row = 0; row < targets.rows(); row++) {
            Tensor ofRow = row(gradient, row);
            if (targets.weight(row) > 0) {
                float scale = weight == 0 ? 0 : (float) (targets.weight(row) / weight);
                sum += targets.weight(row)
                        * sumAndGradient(kernels, row(output, row), row(targets.values(), row), scale, ofRow);
            } else {
                ofRow.memory().fill((byte) 0);
            }
        }
        return sum;
    }

    private static Tensor row(Tensor tensor, int row) {
        Shape one = tensor.shape().sample().batched(1);
        return tensor.part(row * one.size(), one);
    }
}
