package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import millrace.nn.layer.Parameter;
import millrace.nn.optimizer.OptimizerState;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a stage of a stream needs to go on beside its newest weights and the optimizer's buffers, as tensors by name:
 *
 * <pre>
 * 0.weight.version.12       an older version, for forwards to come or for the step under way
 * 0.weight.prediction.12.3  what version 12 was predicted to be 3 steps on
 * 0.weight.grad             the gradients so far of a step that is under way
 * 0.weight.drift            the moving average of what steps change
 * stage.1.counts            integers: steps left out, those left out in a row at the end; then, for each version that
 *                           backwards of the step under way used, how old it is and how many they were
 * </pre>
 *
 * <p>No optimizer's buffer has one of these names ({@link millrace.nn.optimizer.Optimizer#states}).
 */
final class StreamTensors {
    private static final String GRADIENT = ".grad";
    private static final String DRIFT = ".drift";
    private static final int SKIPPED = 0;
    private static final int SKIPPED_IN_A_ROW = 1;
    private static final int FIRST_PAIR = 2;

    private final NamedCopies copies;
    private final List<Parameter> parameters;
    private final WeightVersions versions;
    private final OptimizerState optimizer;
    private final @Nullable DriftEstimate drift;
    private final NavigableMap<Long, Integer> used;

    /**
     * @param drift null where it is not estimated
     * @param used micro-batches of the step under way by the version that their backwards used
     */
    StreamTensors(
            List<Parameter> parameters,
            WeightVersions versions,
            OptimizerState optimizer,
            @Nullable DriftEstimate drift,
            NavigableMap<Long, Integer> used) {
        this.copies = new NamedCopies(parameters);
        this.parameters = List.copyOf(parameters);
        this.versions = versions;
        this.optimizer = optimizer;
        this.drift = drift;
        this.used = used;
    }

    /**
     * Copies of them.
     *
     * @param arena where the copies live
     * @param stage the first part of the counts' name: {@code stage.1}
     * @param needed by forwards to come
     * @param underWay whether gradients have been added since the last step
     * @throws IllegalStateException when one of the needed weights has been given up
     */
    List<NamedTensor> copies(Arena arena, String stage, Set<PastWeights> needed, boolean underWay) {
        List<NamedTensor> result = new ArrayList<>();
        for (long version : versionsOf(needed)) {
            result.addAll(copies.of(arena, versionName(version), versions.values(version)));
        }
        for (PastWeights past : needed) {
            if (past.ahead() > 0) {
                result.addAll(copies.of(arena, predictionName(past), versions.prediction(past)));
            }
        }
        if (underWay) {
            result.addAll(copies.of(arena, GRADIENT, gradients()));
        }
        if (drift != null) {
            result.addAll(copies.of(arena, DRIFT, drift.average()));
        }
        result.add(new NamedTensor(countsName(stage), counts()));
        return result;
    }

    /**
     * Takes them up again; newest weights and optimizer have been restored.
     *
     * @throws IllegalArgumentException when a tensor that is needed is missing or has another shape
     */
    void restore(Map<String, Tensor> tensors, String stage, Set<PastWeights> needed, boolean underWay) {
        versions.restart(optimizer.steps());
        restoreCounts(tensors, countsName(stage));
        for (long version : versionsOf(needed)) {
            copies.fill(tensors, versionName(version), versions.restore(version));
        }
        for (PastWeights past : needed) {
            if (past.ahead() > 0) {
                copies.fill(tensors, predictionName(past), versions.restore(past));
            }
        }
        if (underWay) {
            copies.fill(tensors, GRADIENT, gradients());
        }
        // a correction that is new with this run begins without an average, as every run does
        if (drift != null) {
            for (int i = 0; i < parameters.size(); i++) {
                boolean _ =
                        copies.fillIfThere(tensors, i, DRIFT, drift.average().get(i));
            }
        }
    }

    private List<MemorySegment> gradients() {
        return parameters.stream().map(Parameter::gradient).toList();
    }

    private Tensor counts() {
        Tensor counts = Tensor.zeros(Arena.ofAuto(), ElementType.I32, Shape.of(FIRST_PAIR + 2 * used.size()));
        counts.setInt(SKIPPED, Math.toIntExact(optimizer.skipped().getFirst()));
        counts.setInt(SKIPPED_IN_A_ROW, optimizer.skippedInARow().getFirst());
        int next = FIRST_PAIR;
        for (Map.Entry<Long, Integer> entry : used.entrySet()) {
            counts.setInt(next, Math.toIntExact(versions.newest() - entry.getKey()));
            counts.setInt(next + 1, entry.getValue());
            next += 2;
        }
        return counts;
    }

    private void restoreCounts(Map<String, Tensor> tensors, String name) {
        Tensor counts = tensors.get(name);
        if (counts == null || counts.type() != ElementType.I32 || counts.shape().size() < FIRST_PAIR) {
            throw new IllegalArgumentException("checkpoint: " + name + " is " + (counts == null ? "not there" : counts)
                    + " (expected: at least " + FIRST_PAIR + " integers); was it saved by a stream?");
        }
        optimizer.resumeSkipped(counts.getInt(SKIPPED), counts.getInt(SKIPPED_IN_A_ROW));
        for (int next = FIRST_PAIR; next + 1 < counts.shape().size(); next += 2) {
            used.put(versions.newest() - counts.getInt(next), counts.getInt(next + 1));
        }
    }

    private SortedSet<Long> versionsOf(Set<PastWeights> needed) {
        SortedSet<Long> result = new TreeSet<>(used.headMap(versions.newest()).keySet());
        needed.stream().filter(past -> past.ahead() == 0).forEach(past -> result.add(past.version()));
        return result;
    }

    private static String versionName(long version) {
        return ".version." + version;
    }

    private static String predictionName(PastWeights past) {
        return ".prediction." + past.version() + "." + past.ahead();
    }

    private static String countsName(String stage) {
        return stage + ".counts";
    }
}
