package millrace.nn.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import millrace.nn.kernel.DelayKernels;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.optimizer.OptimizerState;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A stage's weights: their versions, the optimizer that makes the next one, and what is done about gradients that are
 * late. One thread at a time.
 */
public final class StageWeights {
    private final UpdatePolicy policy;
    private final List<Parameter> parameters;
    private final OptimizerState optimizer;
    private final WeightVersions versions;
    private final @Nullable DriftEstimate drift;
    // micro-batches of the step to come by the version that their backwards used
    private final NavigableMap<Long, Integer> used = new TreeMap<>();

    /**
     * @param stages parameters of each stage; one, but for the reference that holds them all
     * @param delay the most steps that gradients are late
     */
    StageWeights(Arena arena, UpdatePolicy policy, List<List<Parameter>> stages, long delay) {
        this.policy = policy;
        this.parameters = stages.stream().flatMap(List::stream).toList();
        this.optimizer = new OptimizerState(arena, policy, stages, delay);
        this.versions = new WeightVersions(arena, parameters);
        this.drift = policy.correction().discrepancy() > 0 && delay > 0
                ? new DriftEstimate(arena, parameters, policy.correction().driftKept(delay))
                : null;
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

    /**
     * Lets the layers have the weights for a forward.
     *
     * @param version from which they are predicted; at the start, without a direction yet, it is the prediction
     * @param ahead steps to look ahead, 0 for the version itself
     */
    public void useForForward(long version, long ahead) {
        if (ahead == 0 || version == 0) {
            versions.use(version);
        } else {
            versions.usePrediction(version, ahead, this::predict);
        }
    }

    /** Makes and keeps what {@link #useForForward} will ask for after further steps. */
    public void keepPrediction(long ahead) {
        if (ahead > 0 && versions.newest() > 0) {
            versions.predict(ahead, this::predict);
        }
    }

    private void predict(long ahead, List<MemorySegment> predicted) {
        useNewest();
        optimizer.predict(DelayKernels.fast(), ahead, predicted);
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
    void gradientAdded() {
        if (policy.correction().compensation() > 0) {
            used.merge(versions.inUse(), 1, Integer::sum);
        }
    }

    /**
     * The optimizer step.
     *
     * @param oldestNeeded weight versions before this one are given up
     */
    void step(Kernels kernels, long oldestNeeded) {
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
                DelayKernels.fast()
                        .compensate(
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

    /** Optimizer steps made. */
    long steps() {
        return optimizer.steps();
    }

    /** Steps that each stage has left out because its gradient was not finite. */
    public List<Long> skipped() {
        return optimizer.skipped();
    }

    /** Copies of the parameters in layer order, weight before bias. */
    List<NamedTensor> copies() {
        List<NamedTensor> result = new ArrayList<>();
        for (Parameter parameter : parameters) {
            result.add(new NamedTensor(parameter.name(), copy(parameter, parameter.value())));
        }
        return result;
    }

    /** Copies of the optimizer's buffers, named {@code 0.weight.exp_avg}. */
    List<NamedTensor> optimizerCopies() {
        List<NamedTensor> result = new ArrayList<>();
        List<String> states = policy.optimizer().states();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            for (int s = 0; s < states.size(); s++) {
                result.add(new NamedTensor(
                        parameter.name() + "." + states.get(s), copy(parameter, optimizer.buffer(i, s))));
            }
        }
        return result;
    }

    private static Tensor copy(Parameter parameter, MemorySegment memory) {
        Tensor copy = Tensor.zeros(Arena.ofAuto(), ElementType.F32, parameter.shape());
        parameter.pack(memory, copy.memory());
        return copy;
    }

    /**
     * Takes weights, and where they are there optimizer buffers, from a checkpoint of any partition.
     *
     * @param tensors by name; names of other stages are passed over
     * @param steps optimizer steps that the checkpoint had made
     * @throws IllegalArgumentException when one of this stage's weights is missing or has another shape
     */
    void restore(Map<String, Tensor> tensors, long steps) {
        List<String> states = policy.optimizer().states();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            Tensor weight = tensors.get(parameter.name());
            if (weight == null) {
                throw new IllegalArgumentException("checkpoint: no tensor " + parameter.name()
                        + " (expected: one of shape " + parameter.shape() + "); is it of another model?");
            }
            checkShape(parameter.name(), weight.shape(), parameter.shape());
            parameter.unpack(weight.memory(), parameter.value());
            for (int s = 0; s < states.size(); s++) {
                String name = parameter.name() + "." + states.get(s);
                Tensor state = tensors.get(name);
                if (state != null) {
                    checkShape(name, state.shape(), parameter.shape());
                    parameter.unpack(state.memory(), optimizer.buffer(i, s));
                }
            }
        }
        optimizer.resumeAt(steps);
    }

    private static void checkShape(String name, Shape found, Shape expected) {
        if (!found.equals(expected)) {
            throw new IllegalArgumentException("checkpoint: " + name + " has shape " + found + " (expected: " + expected
                    + "); is it of another model?");
        }
    }
}
