package millrace.nn.model;

import millrace.nn.loss.Loss;
import millrace.nn.optimizer.UpdatePolicy;

/**
 * What is computed in training, whoever computes it: the same value and the same data give the same weights.
 *
 * @param batch samples of one optimizer step
 * @param microBatches slices that a batch is cut into
 * @param shuffle whether every epoch has its own seeded order
 * @param seed of weights, order and random layers
 */
public record TrainingSpec(
        Model model, Loss loss, UpdatePolicy policy, int batch, int microBatches, boolean shuffle, long seed) {
    /** The same with another policy of updates. */
    public TrainingSpec with(UpdatePolicy other) {
        return new TrainingSpec(model, loss, other, batch, microBatches, shuffle, seed);
    }

    /** Samples of the largest micro-batch. */
    public int microBatchRows() {
        return (batch + microBatches - 1) / microBatches;
    }
}
