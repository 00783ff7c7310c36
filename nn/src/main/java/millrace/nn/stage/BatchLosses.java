package millrace.nn.stage;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.data.Targets;
import millrace.nn.kernel.Kernels;
import millrace.nn.model.TrainingSpec;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;

/** The losses on the last stage: sums of batches that are under way, gradients between forward and backward. */
final class BatchLosses {
    private final TrainingSpec spec;
    private final Kernels kernels;
    private final BatchReader batches;
    private final int accumulate;
    private final TensorPool pool;
    private final Map<Long, LossSum> sums = new HashMap<>();
    // by micro-batch of the run
    private final Map<Long, Tensor> gradients = new HashMap<>();
    // the first micro-batch of an optimizer step, and the weight of all its targets
    private long weighed = -1;
    private double weightOfStep;

    /**
     * @param accumulate micro-batches of one optimizer step
     * @param inFlight micro-batches between forward and backward
     */
    BatchLosses(TrainingSpec spec, LayerRun run, BatchReader batches, int accumulate, int inFlight) {
        this.spec = spec;
        this.kernels = run.kernels();
        this.batches = batches;
        this.accumulate = accumulate;
        long elements = (long) spec.microBatchRows() * run.outputShape().size();
        this.pool = new TensorPool("loss gradients", run.arena(), elements, inFlight);
    }

    /**
     * The loss of a micro-batch, and its gradient for the backward.
     *
     * @param output of the network, which the caller releases
     * @param origin the micro-batch of the run from which optimizer steps are counted
     */
    void add(long step, int index, Tensor output, long origin) {
        long microBatch = step * spec.microBatches() + index;
        double weight = weightOfStep(microBatch, origin);
        Targets targets = batches.targets(step, index);
        Tensor gradient = pool.take(ElementType.F32, output.shape());
        double loss = spec.loss().sumAndGradient(kernels, output, targets, weight, gradient);
        sums.merge(step, new LossSum(loss, spec.loss().weight(targets)), LossSum::plus);
        gradients.put(microBatch, gradient);
        targets.release();
    }

    /** What the loss's mean over all micro-batches divides by whose gradients go into the same optimizer step. */
    private double weightOfStep(long microBatch, long origin) {
        long first = microBatch - (microBatch - origin) % accumulate;
        if (first != weighed) {
            double weight = 0;
            for (long other = first; other < first + accumulate; other++) {
                long step = other / spec.microBatches();
                int index = Math.toIntExact(other % spec.microBatches());
                Targets targets = batches.targets(step, index);
                weight += spec.loss().weight(targets);
                targets.release();
            }
            weightOfStep = weight;
            weighed = first;
        }
        return weightOfStep;
    }

    /** The gradient of a micro-batch's loss, once, with one hold. */
    Tensor takeGradient(long microBatch) {
        Tensor gradient = gradients.remove(microBatch);
        if (gradient == null) {
            throw new IllegalStateException(
                    "micro-batch " + microBatch + ": backward without a loss (expected: forward first)");
        }
        return gradient;
    }

    /** The losses of a batch since it was taken last. */
    LossSum take(long batch) {
        LossSum sum = sums.remove(batch);
        return sum == null ? LossSum.NONE : sum;
    }

    List<TensorPool> pools() {
        return List.of(pool);
    }
}
