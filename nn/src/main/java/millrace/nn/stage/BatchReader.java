package millrace.nn.stage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import millrace.nn.data.BatchOrder;
import millrace.nn.data.Dataset;
import millrace.nn.data.Targets;
import millrace.nn.model.TrainingSpec;
import millrace.nn.random.RandomStream;
import millrace.nn.random.RandomStream.Purpose;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import org.jspecify.annotations.Nullable;

/** Micro-batches of the training set in its seeded order, as first and last stage read them; each tensor with one hold. */
final class BatchReader {
    private final TrainingSpec spec;
    private final Dataset train;
    private final Shape sample;
    private final BatchOrder order;
    private final TensorPool inputs;
    private final TensorPool targets;
    // null where all samples count alike
    private final @Nullable TensorPool weights;

    /**
     * @param arena where micro-batches live
     * @param sample shape of what comes into the stage
     * @param inFlight inputs that may be held at once; of targets it is one
     */
    BatchReader(TrainingSpec spec, Dataset train, Arena arena, Shape sample, int inFlight) {
        this.spec = spec;
        this.train = train;
        this.sample = sample;
        this.order = new BatchOrder(train.size(), spec.batch(), spec.microBatches(), spec.seed(), spec.shuffle());
        long rows = spec.microBatchRows();
        this.inputs = new TensorPool("samples", arena, rows * sample.size(), inFlight);
        long targetSize = train.targets().shape().sample().size();
        this.targets = new TensorPool("targets", arena, rows * targetSize, 1);
        this.weights = train.weights() == null ? null : new TensorPool("weights of samples", arena, rows, 1);
    }

    /**
     * @param step optimizer steps made before the batch
     * @param index micro-batch within the batch
     */
    Tensor inputs(long step, int index) {
        requireSamples();
        Tensor samples = inputs.take(train.inputs().type(), sample.batched(order.rows(step, index)));
        order.gatherInputs(train, step, index, samples);
        if (!spec.augmentations().isEmpty()) {
            augment(step, index, samples);
        }
        return samples;
    }

    Targets targets(long step, int index) {
        requireSamples();
        int rows = order.rows(step, index);
        Shape target = train.targets().shape().sample();
        Tensor values = targets.take(train.targets().type(), target.batched(rows));
        order.gatherTargets(train, step, index, values);
        if (train.weights() == null || weights == null) {
            return Targets.of(values);
        }
        Tensor ofSamples = weights.take(ElementType.F32, Shape.of(rows));
        order.gatherWeights(train.weights(), step, index, ofSamples);
        return new Targets(values, ofSamples);
    }

    private void requireSamples() {
        if (train.isOutline()) {
            throw new IllegalStateException("data " + train.name()
                    + ": its samples are not here (expected: that who has the first or the last stage has read them)");
        }
    }

    /** By numbers of (seed, epoch, sample, augmentation), which do not depend on how batches are cut. */
    private void augment(long step, int index, Tensor samples) {
        long bytes = sample.size() * samples.type().bytes();
        for (int row = 0; row < samples.rows(); row++) {
            MemorySegment values = samples.memory().asSlice(row * bytes, bytes);
            int number = order.sample(step, index, row);
            for (int i = 0; i < spec.augmentations().size(); i++) {
                RandomStream random = RandomStream.of(spec.seed(), Purpose.AUGMENT, order.epochOf(step), number, i);
                spec.augmentations().get(i).apply(random, sample, values);
            }
        }
    }

    List<TensorPool> pools() {
        return weights == null ? List.of(inputs, targets) : List.of(inputs, targets, weights);
    }
}
