package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import millrace.nn.kernel.DelayKernels;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.optimizer.OptimizerState;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A stage's weights: their versions, the optimizer that makes the next one, and what is done about gradients that are
 * late. One thread at a time.
 */
public final class StageWeights {
    private final UpdatePolicy policy;
    private final DelayKernels delays;
    private final List<Parameter> parameters;
    private final OptimizerState optimizer;
    private final WeightVersions versions;
    private final @Nullable DriftEstimate drift;
    // micro-batches of the step to come by the version that their backwards used
    private final NavigableMap<Long, Integer> used = new TreeMap<>();
    private final NamedCopies copies;
    private final StreamTensors stream;

    /**
     * @param stages parameters of each stage; one, but for the reference that holds them all
     * @param delay the most steps that gradients are late
     * @param delays the arithmetic of what is done about it
     */
    public StageWeights(
            Arena arena, UpdatePolicy policy, List<List<Parameter>> stages, long delay, DelayKernels delays) {
        this.delays = delays;
        this.policy = policy;
        this.parameters = stages.stream().flatMap(List::stream).toList();
        this.optimizer = new OptimizerState(arena, policy, stages, delay);
        this.versions = new WeightVersions(arena, parameters);
        this.drift = policy.correction().discrepancy() > 0 && delay > 0
                ? new DriftEstimate(arena, parameters, policy.correction().driftKept(delay), delays)
                : null;
        this.copies = new NamedCopies(parameters);
        this.stream = new StreamTensors(parameters, versions, optimizer, drift, used);
    }

    /** The newest version: steps made since the start of the stream. */
    public long newest() {
        return versions.newest();
    }

    /** The most versions and predictions that were kept at once. */
    public int mostKept() {
        return versions.most();
    }

    /** Lets the layers have the newest version. */
    public void useNewest() {
        versions.use(versions.newest());
    }

    /** Lets the layers have the weights for a forward. */
    public void useForForward(PastWeights weights) {
        if (weights.ahead() == 0) {
            versions.use(weights.version());
        } else {
            versions.usePrediction(weights, this::predict);
        }
    }

    /** Makes and keeps what {@link #useForForward} will ask for after further steps. */
    public void keepPrediction(long ahead) {
        if (ahead > 0) {
            versions.predict(ahead, this::predict);
        }
    }

    /** Gives up predictions that only forwards before the one that uses these weights use. */
    public void giveUpPredictions(PastWeights before) {
        versions.giveUpPredictions(before);
    }

    private void predict(long ahead, List<MemorySegment> predicted) {
        useNewest();
        if (versions.newest() == 0) {
            // no step has been made that would show a direction
            for (int i = 0; i < parameters.size(); i++) {
                predicted.get(i).copyFrom(parameters.get(i).value());
            }
        } else {
            optimizer.predict(delays, ahead, predicted);
        }
    }

    /**
     * Lets the layers have the weights for a backward.
     *
     * @param behind steps since its forward: where the drift is corrected, live weights are moved back by as many
     */
    public void useForBackward(long version, long behind) {
        versions.use(version);
        if (drift != null && behind > 0) {
            versions.show(drift.before(behind));
        }
    }

    /** A backward has added to the gradient, with the weights that are in use. */
    public void gradientAdded() {
        if (policy.correction().compensation() > 0) {
            used.merge(versions.inUse(), 1, Integer::sum);
        }
    }

    /**
     * The optimizer step.
     *
     * @param oldestNeeded weight versions before this one are given up
     */
    public void step(Kernels kernels, long oldestNeeded) {
        useNewest();
        compensate();
        if (drift != null) {
            drift.beforeStep();
        }
        versions.advance(oldestNeeded, next -> optimizer.step(kernels, next));
        if (drift != null) {
            drift.afterStep();
        }
    }

    /** At most two versions are older than the newest: a step's forwards lie between two steps at most. */
    private void compensate() {
        int all = used.values().stream().mapToInt(Integer::intValue).sum();
        used.remove(versions.newest());
        if (!used.isEmpty()) {
            Map.Entry<Long, Integer> a = used.firstEntry();
            Map.Entry<Long, Integer> b = used.lastEntry();
            boolean two = used.size() > 1;
            for (int i = 0; i < parameters.size(); i++) {
                Parameter parameter = parameters.get(i);
                delays.compensate(
                        parameter.gradient(),
                        (float) policy.correction().compensation(),
                        parameter.value(),
                        versions.values(a.getKey()).get(i),
                        (float) a.getValue() / all,
                        versions.values(b.getKey()).get(i),
                        two ? (float) b.getValue() / all : 0,
                        parameter.elements());
            }
        }
        used.clear();
    }

    /** As {@link OptimizerState#measure}. */
    public List<List<Double>> measure(Kernels kernels) {
        return optimizer.measure(kernels);
    }

    /** As {@link OptimizerState#squares}. */
    public List<List<Double>> squares() {
        return optimizer.squares();
    }

    /** As {@link OptimizerState#admit}. */
    public void admit(double squaresOfModel) {
        optimizer.admit(squaresOfModel);
    }

    /** What learning rates are multiplied by from the next step on. */
    public void scaleRate(double scale) {
        optimizer.scaleRate(scale);
    }

    /** Optimizer steps made. */
    public long steps() {
        return optimizer.steps();
    }

    /** Steps that each stage has left out because its gradient was not finite. */
    public List<Long> skipped() {
        return optimizer.skipped();
    }

    /** Copies of the newest parameters in layer order, weight before bias. */
    public List<NamedTensor> copies(Arena arena) {
        return copies.of(arena, "", versions.values(versions.newest()));
    }

    /** Copies of the optimizer's buffers, named {@code 0.weight.exp_avg}. */
    public List<NamedTensor> optimizerCopies(Arena arena) {
        List<NamedTensor> result = new ArrayList<>();
        List<String> states = policy.optimizer().states();
        for (int i = 0; i < parameters.size(); i++) {
            for (int s = 0; s < states.size(); s++) {
                result.add(copies.of(arena, i, "." + states.get(s), optimizer.buffer(i, s)));
            }
        }
        return result;
    }

    /** Copies of what a stream needs besides ({@link StreamTensors}). */
    public List<NamedTensor> streamCopies(Arena arena, String stage, Set<PastWeights> needed, boolean underWay) {
        return stream.copies(arena, stage, needed, underWay);
    }

    /**
     * Takes weights, and where they are there optimizer buffers, from a checkpoint of any partition.
     *
     * @param tensors by name; names of other stages are passed over
     * @param steps optimizer steps that the checkpoint had made
     * @throws IllegalArgumentException when one of this stage's weights is missing or has another shape
     */
    public void restore(Map<String, Tensor> tensors, long steps) {
        List<String> states = policy.optimizer().states();
        copies.fill(tensors, "", parameters.stream().map(Parameter::value).toList());
        parameters.forEach(Parameter::changed);
        for (int i = 0; i < parameters.size(); i++) {
            for (int s = 0; s < states.size(); s++) {
                boolean _ = copies.fillIfThere(tensors, i, "." + states.get(s), optimizer.buffer(i, s));
            }
        }
        optimizer.resumeAt(steps);
    }

    /** Takes up what {@link #streamCopies} copied, after {@link #restore}. */
    public void restoreStream(Map<String, Tensor> tensors, String stage, Set<PastWeights> needed, boolean underWay) {
        stream.restore(tensors, stage, needed, underWay);
    }
}
