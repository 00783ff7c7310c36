package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import millrace.nn.kernel.DelayKernels;
import millrace.nn.layer.Parameter;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.OptimizerState;
import org.jspecify.annotations.Nullable;

/**
 * Which of its weights a stage computes with: it trains with the newest version but in a stream, where a forward may use
 * an older one or one that is predicted, and a backward the one that its forward used. One thread at a time.
 */
public final class StageWeights {
    private final List<Parameter> parameters;
    private final OptimizerState optimizer;
    private final WeightVersions versions;
    private final DelayKernels kernels;
    private final double compensation;
    private final @Nullable DriftEstimate drift;
    // micro-batches of the step under way by the version that their backwards used
    private final NavigableMap<Long, Integer> used = new TreeMap<>();

    /**
     * The weights of a stage, as its parameters have them.
     *
     * @param arena where versions live
     * @param optimizer that steps these parameters; predictions follow its direction
     * @param correction of gradients that are late
     * @param delay the most steps that they are late
     * @param kernels the arithmetic of predictions and corrections
     */
    public StageWeights(
            Arena arena,
            List<Parameter> parameters,
            OptimizerState optimizer,
            DelayCorrection correction,
            long delay,
            DelayKernels kernels) {
        this.parameters = List.copyOf(parameters);
        this.optimizer = optimizer;
        this.versions = new WeightVersions(arena, parameters);
        this.kernels = kernels;
        this.compensation = correction.compensation();
        this.drift = correction.discrepancy() > 0 && delay > 0
                ? new DriftEstimate(arena, parameters, correction.driftKept(delay), kernels)
                : null;
    }

    /** The newest version: steps made since the start of the stream. */
    public long newest() {
        return versions.newest();
    }

    /** Versions and predictions that are kept now. */
    public int kept() {
        return versions.count();
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
            optimizer.predict(kernels, ahead, predicted);
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
        if (compensation > 0) {
            used.merge(versions.inUse(), 1, Integer::sum);
        }
    }

    /**
     * Makes the next version from the newest, which the layers then have.
     *
     * @param oldestNeeded versions before this one are given up
     * @param step fills the memory that it is given with the next version's values
     */
    void advance(long oldestNeeded, Consumer<List<MemorySegment>> step) {
        useNewest();
        compensate();
        if (drift != null) {
            drift.beforeStep();
        }
        versions.advance(oldestNeeded, step);
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
                kernels.compensate(
                        parameter.gradient(),
                        (float) compensation,
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

    /** The versions, for whoever holds one of them. */
    WeightVersions versions() {
        return versions;
    }

    /** The memory of the newest version, one a parameter. */
    List<MemorySegment> newestValues() {
        return versions.values(versions.newest());
    }

    /** What a stream needs besides the newest version to go on. */
    StreamTensors stream() {
        return new StreamTensors(parameters, versions, optimizer, drift, used);
    }
}
