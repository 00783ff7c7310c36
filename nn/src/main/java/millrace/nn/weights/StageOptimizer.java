package millrace.nn.weights;

import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.optimizer.OptimizerState;
import millrace.nn.tensor.Tensor;

/**
 * What a stage does with the gradients of a batch, in this order: replicas of the stage add up what each has
 * ({@link #replicaShare}, {@link #sumReplicas}); two stages that share a tied weight do so with its gradient
 * ({@link #tiedShare}, {@link #addTiedShare}); the gradient is measured ({@link #measure}), and where it is clipped by the
 * norm of the whole model, admitted ({@link #admit}); then the optimizer makes its step. One thread at a time.
 */
public final class StageOptimizer {
    private final OptimizerState state;
    private final StageWeights weights;
    private final TiedWeight tied;
    private final ReplicaGradients replicas;
    private final GradientTally tally;
    private final Kernels kernels;

    /**
     * The optimizer of a stage.
     *
     * @param state of the optimizer, over the parameters of {@code weights}
     * @param tied what the stage has of a weight that two layers share; may be nothing
     * @param tally of the gradients that go into a step
     */
    public StageOptimizer(
            OptimizerState state,
            StageWeights weights,
            TiedWeight tied,
            ReplicaGradients replicas,
            GradientTally tally,
            Kernels kernels) {
        this.state = state;
        this.weights = weights;
        this.tied = tied;
        this.replicas = replicas;
        this.tally = tally;
        this.kernels = kernels;
    }

    /** A copy of the gradients of a batch as far as they are this replica's, with one hold. */
    public Tensor replicaShare() {
        return replicas.copy();
    }

    /** Makes the gradients the sum of all replicas' shares, first replica to last; the caller keeps the tensors' holds. */
    public void sumReplicas(List<Tensor> shares) {
        replicas.sum(kernels, shares);
    }

    /** Whether another stage has a copy of one of its weights, so that gradients have to be exchanged before a step. */
    public boolean sharesWeight() {
        return tied.isShared();
    }

    /** The shared weight's gradient over a batch, as far as it is this stage's, with one hold. */
    public Tensor tiedShare() {
        return tied.share();
    }

    /** Adds what is the other stage's; the caller keeps the tensor's hold. */
    public void addTiedShare(Tensor share) {
        tied.add(kernels, share);
    }

    /**
     * Measures the gradient before a step.
     *
     * @return the sum of squares of each parameter in layer order, stage by stage, of which there are several only where
     *     the whole model is in one piece
     */
    public List<List<Double>> measure() {
        tied.settle(kernels);
        return state.measure(kernels);
    }

    /** What was measured for the step made last, where the guard needs the gradients' norms. */
    public List<List<Double>> measured() {
        return state.squares();
    }

    /** The sum of squares of the whole model's gradient, for the step to come, where the guard goes by it. */
    public void admit(double squaresOfModel) {
        state.admit(squaresOfModel);
    }

    /** What learning rates are multiplied by from the next step on; 1 at first. */
    public void scaleRate(double scale) {
        state.scaleRate(scale);
    }

    /** The optimizer step at the end of a batch: nobody needs the weights before it any more. */
    public void step() {
        step(Long.MAX_VALUE);
    }

    /**
     * The optimizer step after as many gradients as make one.
     *
     * @param oldestNeeded weight versions before this one are given up
     * @throws IllegalStateException when gradients are missing
     */
    public void step(long oldestNeeded) {
        tally.requireComplete();
        tied.settle(kernels);
        weights.advance(oldestNeeded, next -> state.step(kernels, next));
        tied.stepped();
    }

    /** Optimizer steps made, those left out included. */
    public long steps() {
        return state.steps();
    }

    /** Steps that each stage has left out because its gradient was not finite. */
    public List<Long> skipped() {
        return state.skipped();
    }
}
