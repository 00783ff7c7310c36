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
import millrace.schedule.auto.MemoryModel;
import millrace.schedule.auto.RankBytes;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Streamed;

/** What the ranks of a run will hold, from what its layers hold of one micro-batch. */
public final class MeasuredMemory {
    private MeasuredMemory() {}

    /**
     * Trains a batch or two to find out; empty when it was interrupted.
     *
     * @param plan where the network is cut, in what order it is trained, and what recomputes
     * @param interruptible gets what ends the measurement
     */
    public static Optional<List<RankBytes>> of(PlannedNetwork network, RunPlan plan, Consumer<Runnable> interruptible) {
        Partition partition = plan.partition();
        List<Integer> starts = IntStream.range(0, partition.stages())
                .map(stage -> entry(network, partition.range(stage).from()))
                .boxed()
                .toList();
        int samples = plan.spec().microBatchRows();
        int copies = plan.order().placement().replicas().size();
        SortedSet<Integer> recomputed = recomputed(network, plan);
        return LayerProfiler.held(network, samples, copies > 1, interruptible).map(profile -> switch (plan.order()) {
            case Flushed(var schedule) -> MemoryModel.of(profile, samples, schedule, starts, recomputed);
            case Streamed stream -> MemoryModel.of(profile, samples, stream, starts, recomputed);
        });
    }

    /** Which of the layers that may begin a stage is this one; what stands before the first of them belongs to it. */
    private static int entry(PlannedNetwork network, int layer) {
        int entry = network.starts().indexOf(layer);
        if (entry < 0 && layer > 0) {
            throw new IllegalStateException(
                    "stage from layer " + layer + " (expected: one of " + network.starts() + ")");
        }
        return Math.max(0, entry);
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
