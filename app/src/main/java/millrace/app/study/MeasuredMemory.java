package millrace.app.study;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import millrace.nn.model.Partition;
import millrace.schedule.Schedule;
import millrace.schedule.auto.MemoryModel;
import millrace.schedule.auto.RankBytes;

/** What the ranks of a run will hold, from what its layers hold of one micro-batch. */
public final class MeasuredMemory {
    private MeasuredMemory() {}

    /**
     * Trains a batch to find out; empty when it was interrupted.
     *
     * @param samples of a micro-batch
     * @param schedule of the run
     * @param partition where it cuts the network
     * @param interruptible gets what ends the measurement
     */
    public static Optional<List<RankBytes>> of(
            PlannedNetwork network,
            int samples,
            Schedule schedule,
            Partition partition,
            Consumer<Runnable> interruptible) {
        List<Integer> starts = IntStream.range(0, partition.stages())
                .map(stage -> Math.max(
                        0, network.starts().indexOf(partition.range(stage).from())))
                .boxed()
                .toList();
        return LayerProfiler.held(network, samples, interruptible)
                .map(profile -> MemoryModel.of(profile, samples, schedule, starts));
    }
}
