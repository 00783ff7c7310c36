package millrace.app.study;

import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import millrace.actors.plan.RunPlan;
import millrace.nn.model.Partition;
import millrace.nn.stage.Keep;
import millrace.schedule.Schedule;
import millrace.schedule.auto.MemoryModel;
import millrace.schedule.auto.RankBytes;

/**
 * What the ranks of a run will hold, from what its layers hold of one micro-batch. What copies of the line need to exchange their
 * gradients is not counted.
 */
public final class MeasuredMemory {
    private MeasuredMemory() {}

    /**
     * Trains a batch to find out; empty when it was interrupted.
     *
     * @param samples of a micro-batch
     * @param schedule of the run
     * @param plan where the network is cut, and what recomputes
     * @param interruptible gets what ends the measurement
     */
    public static Optional<List<RankBytes>> of(
            PlannedNetwork network, int samples, Schedule schedule, RunPlan plan, Consumer<Runnable> interruptible) {
        Partition partition = plan.partition();
        List<Integer> starts = IntStream.range(0, partition.stages())
                .map(stage -> Math.max(
                        0, network.starts().indexOf(partition.range(stage).from())))
                .boxed()
                .toList();
        return LayerProfiler.held(network, samples, interruptible)
                .map(profile -> MemoryModel.of(profile, samples, schedule, starts, recomputed(network, plan)));
    }

    /** Of the layers that may begin a stage those that recompute, with all that follow them up to the next one. */
    private static SortedSet<Integer> recomputed(PlannedNetwork network, RunPlan plan) {
        SortedSet<Integer> found = new TreeSet<>();
        for (int stage = 0; stage < plan.partition().stages(); stage++) {
            Partition.Range range = plan.partition().range(stage);
            Keep keep = plan.keep(stage);
            for (int entry = 0; entry < network.starts().size(); entry++) {
                int first = network.starts().get(entry);
                boolean inside = first >= range.from() && first < range.to();
                if (inside && IntStream.range(first, network.end(entry)).allMatch(keep::recomputes)) {
                    found.add(entry);
                }
            }
        }
        return found;
    }
}
