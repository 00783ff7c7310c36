package millrace.app.study;

import com.typesafe.config.Config;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import millrace.app.config.BenchSetup;
import millrace.app.config.RunSetup;
import millrace.nn.layer.BatchNorm;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;

/**
 * A network that is measured and planned for, read once.
 *
 * @param config of a run on random samples of the shape of its data, so that runs that are measured need not read that again
 * @param model the network
 * @param starts layers that may begin a stage: those with weights
 * @param batch samples of an optimizer step
 * @param samples that there are in all
 */
public record PlannedNetwork(Config config, Model model, List<Integer> starts, int batch, int samples) {
    private static final int MOST_PARTS = 32;

    /** The network of a resolved run. */
    public static PlannedNetwork of(Config config) {
        RunSetup setup = BenchSetup.of(config, 1);
        return new PlannedNetwork(
                setup.config(),
                setup.model(),
                Partition.starts(setup.model()),
                config.getInt("training.batch"),
                setup.data().train().size());
    }

    /**
     * The sizes that a batch may be cut into by a few micro-batches: whole, halves, quarters, down to 32 parts. Batch norm needs more than
     * one sample.
     */
    public NavigableSet<Integer> usualSizes() {
        boolean normalises = model.layers().stream().anyMatch(BatchNorm.class::isInstance);
        NavigableSet<Integer> sizes = new TreeSet<>();
        for (int microBatches = 1; microBatches <= MOST_PARTS; microBatches *= 2) {
            int ofOne = batch / microBatches;
            if (batch % microBatches == 0 && (ofOne > 1 || microBatches == 1 || !normalises)) {
                sizes.add(ofOne);
            }
        }
        return sizes;
    }

    /** The first layer behind those that begin with one of {@link #starts}. */
    int end(int stage) {
        return stage + 1 < starts.size()
                ? starts.get(stage + 1)
                : model.layers().size();
    }

    /** Bytes of the weights of those. */
    double weightBytes(int stage) {
        return (double) Float.BYTES * model.parameterCount(starts.get(stage), end(stage));
    }
}
