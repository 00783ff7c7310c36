package millrace.nn.model;

import java.util.List;
import millrace.nn.augment.Augmentation;
import millrace.nn.backend.Backend;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Precision;
import millrace.nn.loss.Loss;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.ElementType;

/**
 * What is computed in training, whoever computes it: the same value and the same data give the same weights, in one process
 * or many, in stages or in one piece.
 *
 * @param model the network that is trained
 * @param loss of its outputs; the gradient is that of the mean over a batch
 * @param policy how a step changes the weights
 * @param batch samples of one optimizer step
 * @param microBatches slices that a batch is cut into
 * @param shuffle whether every epoch has its own seeded order
 * @param seed of weights, order and random layers
 * @param augmentations random changes of the samples, one after the other
 * @param backend who does the arithmetic; it belongs to the value because another one gives other bits
 * @param messages what activations and error deltas are rounded to between stages; with BF16 the weights depend on where
 *     the model is cut, and on nothing else of the line
 */
public record TrainingSpec(
        Model model,
        Loss loss,
        UpdatePolicy policy,
        int batch,
        int microBatches,
        boolean shuffle,
        long seed,
        List<Augmentation> augmentations,
        Backend backend,
        Precision messages) {
    /**
     * Checks that the model's samples can be augmented so, and that the groups of parameters are some of the model's.
     *
     * @throws IllegalArgumentException when they cannot
     */
    public TrainingSpec {
        augmentations = List.copyOf(augmentations);
        if (!augmentations.isEmpty() && model.inputType() != ElementType.F32) {
            throw new IllegalArgumentException("augmentations: " + augmentations.size()
                    + " with a model that takes tokens (expected: none, or a model that takes values)");
        }
        augmentations.forEach(augmentation -> augmentation.check(model.inputShape()));
        policy.groups().check(model.parameterNames());
        model.tied().ifPresent(layer -> policy.groups().checkTied("0.weight", layer + ".weight"));
    }

    /** Of samples as they are, with the fast kernels of this machine. */
    public TrainingSpec(
            Model model, Loss loss, UpdatePolicy policy, int batch, int microBatches, boolean shuffle, long seed) {
        this(model, loss, policy, batch, microBatches, shuffle, seed, List.of(), usualBackend(), Precision.F32);
    }

    /** What computes where nobody has said so: the fast kernels of this machine, loaded by this call. */
    public static Backend usualBackend() {
        return Backend.fast();
    }

    /** The same with another policy of updates. */
    public TrainingSpec with(UpdatePolicy other) {
        return new TrainingSpec(
                model, loss, other, batch, microBatches, shuffle, seed, augmentations, backend, messages);
    }

    /** The same of samples that are changed at random. */
    public TrainingSpec augmented(List<Augmentation> how) {
        return new TrainingSpec(model, loss, policy, batch, microBatches, shuffle, seed, how, backend, messages);
    }

    /** The same, computed by another backend. */
    public TrainingSpec with(Backend other) {
        return new TrainingSpec(
                model, loss, policy, batch, microBatches, shuffle, seed, augmentations, other, messages);
    }

    /** The same with activations and error deltas of that precision between stages. */
    public TrainingSpec sending(Precision precision) {
        return new TrainingSpec(
                model, loss, policy, batch, microBatches, shuffle, seed, augmentations, backend, precision);
    }

    /** The kernels of its backend that compute with the model's precision. */
    public Kernels kernels() {
        return backend.kernels(model.precision());
    }

    /** Samples of the largest micro-batch. */
    public int microBatchRows() {
        return (batch + microBatches - 1) / microBatches;
    }
}
