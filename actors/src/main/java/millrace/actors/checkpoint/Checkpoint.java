package millrace.actors.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.Start;
import millrace.nn.model.Model;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;

/**
 * A checkpoint that was read and found whole.
 *
 * @param path its step folder, links followed
 * @param step batches done before it
 * @param configuration the resolved configuration of its run, as HOCON
 * @param network what it says of the network whose weights it has
 * @param metrics figures at the time of writing, sorted by name
 * @param progress how far its run's course had come
 * @param tensors weights in layer order by PyTorch's names ({@code 0.weight}), then the optimizer's buffers
 *     ({@code 0.weight.exp_avg}) and what else a stream needs; each in memory that lives as long as it is reachable
 */
public record Checkpoint(
        Path path,
        long step,
        String configuration,
        SavedModel network,
        Map<String, Double> metrics,
        CourseState progress,
        Map<String, Tensor> tensors) {
    public Checkpoint {
        metrics = Collections.unmodifiableMap(new TreeMap<>(metrics));
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /**
     * The run file that the run was begun with.
     *
     * @throws IllegalArgumentException when there is none, as in runs that a Java program has begun
     */
    public String runFile() {
        if (configuration.lines().allMatch(line -> line.isBlank() || line.startsWith("#"))) {
            throw new IllegalArgumentException(path + ": no run file (expected: a run that the command line has begun,"
                    + " this one was begun by a Java program); go on with it by Training.resume(folder), use it by"
                    + " Trained.load(folder), or take its weights with --init");
        }
        return configuration;
    }

    /** Where a run that goes on from here begins. */
    public Start start() {
        return new Start(step, tensors, progress);
    }

    /** All of it as it was saved. */
    public Snapshot snapshot(Model model) {
        Snapshot weights = Snapshot.of(model, step, tensors);
        Map<String, Tensor> others = new LinkedHashMap<>(tensors);
        weights.weights().forEach(weight -> others.remove(weight.name()));
        List<NamedTensor> state = new ArrayList<>();
        others.forEach((name, tensor) -> state.add(new NamedTensor(name, tensor)));
        return new Snapshot(step, weights.weights(), state, progress);
    }
}
