package millrace.nn.stage;

import java.util.function.IntConsumer;
import millrace.nn.data.Dataset;
import millrace.nn.data.Targets;
import millrace.nn.layer.GradientClock;
import millrace.nn.model.TrainingSpec;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.GradientTally;
import millrace.nn.weights.StageWeights;
import org.jspecify.annotations.Nullable;

/**
 * What a stage computes for its micro-batches: forward and backward through its run of layers, on the first stage from the
 * samples that it reads, on the last up to the loss. Data is read where it is needed: first and last stage know the same
 * seeded order. One thread at a time.
 */
public final class StageCompute {
    private final TrainingSpec spec;
    private final LayerRun run;
    private final BatchReader batches;
    private final BatchLosses losses;
    private final StageWeights weights;
    private final GradientTally tally;
    private final boolean last;
    private IntConsumer complete = LayerRun.NOBODY;

    /**
     * @param weights told of each gradient
     * @param tally of gradients, which come in its order
     * @param last whether the loss is computed here
     */
    StageCompute(
            TrainingSpec spec,
            LayerRun run,
            BatchReader batches,
            BatchLosses losses,
            StageWeights weights,
            GradientTally tally,
            boolean last) {
        this.spec = spec;
        this.run = run;
        this.batches = batches;
        this.losses = losses;
        this.weights = weights;
        this.tally = tally;
        this.last = last;
    }

    /**
     * F: forward of one micro-batch; on the last stage with the loss.
     *
     * @param step optimizer steps made before this batch
     * @param index micro-batch within the batch
     * @param input what the stage before sent, null on the first stage
     * @return the activation for the next stage, null on the last
     */
    public @Nullable Tensor forward(long step, int index, @Nullable Tensor input) {
        Tensor output = run.forward(number(step, index), input == null ? batches.inputs(step, index) : input);
        if (!last) {
            return output;
        }
        losses.add(step, index, output, tally.origin());
        output.release();
        return null;
    }

    /** R: the forward once more, to what the backward reads, of a stage that holds inputs only. */
    public void recompute(long step, int index) {
        run.recompute(number(step, index));
    }

    /**
     * B: full backward of one micro-batch; micro-batches ascending.
     *
     * @param delta what the next stage sent, null on the last stage
     * @return the error delta for the stage before, null on the first
     */
    public @Nullable Tensor backward(long step, int index, @Nullable Tensor delta) {
        boolean added = isAdded(step, index);
        return run.backward(number(step, index), delta(step, index, delta), added);
    }

    /** I: as {@link #backward} without the weights' gradients, in any order. */
    public @Nullable Tensor backwardInput(long step, int index, @Nullable Tensor delta) {
        return run.backwardInput(number(step, index), delta(step, index, delta));
    }

    /** W: the weights' gradients, after {@link #backwardInput}; micro-batches ascending. */
    public void backwardWeight(long step, int index) {
        run.backwardWeight(number(step, index), isAdded(step, index));
    }

    /**
     * Tells of each layer of the model whose gradients of an optimizer step are complete, from the last layer to the first, on
     * the calling thread and while the last backward goes on.
     */
    public void tellComplete(IntConsumer layers) {
        complete = layers;
    }

    /** Counts a gradient, which comes in its turn; whether it is added to those before it. */
    private boolean isAdded(long step, int index) {
        boolean added = tally.add(number(step, index));
        run.tellGradients(tally.isStepUnderWay() ? LayerRun.NOBODY : complete);
        weights.gradientAdded();
        return added;
    }

    /** Gives up a micro-batch between its forward and its backward. */
    public void discard(long step, int index) {
        run.discard(number(step, index));
        if (last) {
            losses.takeGradient(number(step, index)).release();
        }
        losses.take(step);
    }

    private Tensor delta(long step, int index, @Nullable Tensor delta) {
        return delta != null ? delta : losses.takeGradient(number(step, index));
    }

    private long number(long step, int index) {
        return step * spec.microBatches() + index;
    }

    /**
     * The mean loss of a batch all of whose forwards are done, once; NaN where the stage is not the last.
     *
     * @param batch its number, from 0
     */
    public double takeLoss(long batch) {
        return takeLossSum(batch).mean();
    }

    /** As {@link #takeLoss} what that mean is made of, so far; of nothing where the stage is not the last. */
    public LossSum takeLossSum(long batch) {
        return losses.take(batch);
    }

    /** Micro-batches whose tensors are held for a backward that is still to come. */
    public int held() {
        return run.stashed();
    }

    /** The most bytes that were held for backwards at once ({@link LayerRun#mostHeldBytes}). */
    public long mostHeldBytes() {
        return run.mostHeldBytes();
    }

    /** Bytes that are held for backwards now. */
    public long heldBytes() {
        return run.heldBytes();
    }

    /** Bytes held for gradients of weights ({@link LayerRun#gatheredBytes}). */
    public long gatheredBytes() {
        return run.gatheredBytes();
    }

    /** Bytes of all that the stage has allocated ({@link LayerRun#allocatedBytes}). */
    public long allocatedBytes() {
        return run.allocatedBytes();
    }

    /** Measures the time that backward-weight takes, also within other work, if it is started. */
    public GradientClock clock() {
        return run.clock();
    }

    /** Chunks of at most a micro-batch's rows that a data set is evaluated in. */
    public int chunks(Dataset data) {
        return (data.size() + spec.microBatchRows() - 1) / spec.microBatchRows();
    }

    /**
     * Forward without training: one chunk of a data set.
     *
     * @param input what the stage before sent, null on the first stage
     * @return the activation with one hold; on the last stage the network's output
     */
    public Tensor infer(Dataset data, int chunk, @Nullable Tensor input) {
        return run.infer(input == null ? data.inputs().slice(first(chunk), end(data, chunk)) : input);
    }

    /** Targets of one chunk, for the last stage. */
    public Targets targets(Dataset data, int chunk) {
        return data.targets(first(chunk), end(data, chunk));
    }

    private int first(int chunk) {
        return chunk * spec.microBatchRows();
    }

    private int end(Dataset data, int chunk) {
        return Math.min(data.size(), first(chunk) + spec.microBatchRows());
    }
}
