package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * PipeDream's partition (Narayanan et al., SOSP 2019): a line of layers cut into stages, each on one worker or on several that
 * share its micro-batches, so that the slowest stage or boundary takes as little time for a micro-batch as possible. It is what a
 * stream without a flush does in its steady state; warm-up, memory and orders are not looked at. Millrace's own planner takes copies of
 * the whole line instead, since exact sums of gradients need the same copies of every stage; this is for those who compare.
 *
 * @param stages first to last; they have all the workers
 * @param time from one micro-batch to the next
 */
public record ReplicatedPartition(List<Stage> stages, double time) {
    /** What a stage on several workers takes: the paper and the code that was published with it differ. */
    public enum Variant {
        /** Work and exchange of gradients overlap; a boundary has the bandwidth of one worker. */
        PAPER,
        /** Work and exchange follow each other; each worker behind a boundary has a bandwidth of its own. */
        CODE
    }

    /**
     * Some layers on some workers.
     *
     * @param from its first layer
     * @param to the first layer of the next stage
     * @param workers that each have a copy of it
     */
    public record Stage(int from, int to, int workers) {}

    /**
     * A layer, for one micro-batch.
     *
     * @param time of forward and backward
     * @param weightBytes that workers with copies of it exchange
     * @param outputBytes that go to the next layer, and come back as the error delta
     */
    public record LayerCost(double time, double weightBytes, double outputBytes) {
        public LayerCost {
            LayerProfile.requireAmount("time", time);
            LayerProfile.requireAmount("weight bytes", weightBytes);
            LayerProfile.requireAmount("output bytes", outputBytes);
        }
    }

    public ReplicatedPartition {
        stages = List.copyOf(stages);
    }

    /** Micro-batches that each worker of the first stage begins with, so that nobody waits: the paper's NOAM. */
    public int inFlight() {
        int workers = stages.stream().mapToInt(Stage::workers).sum();
        int first = stages.getFirst().workers();
        return (workers + first - 1) / first;
    }

    /**
     * The best one, by the dynamic program over the first layers and the workers that they have.
     *
     * @param bandwidth of each worker, in bytes of a unit of time; infinite where messages take none
     * @param workers 1 or more; all are used
     * @throws IllegalArgumentException for no layers, no workers, or no bandwidth
     */
    public static ReplicatedPartition best(List<LayerCost> layers, double bandwidth, int workers, Variant variant) {
        if (layers.isEmpty() || workers < 1) {
            throw new IllegalArgumentException(
                    "layers: " + layers.size() + ", workers: " + workers + " (expected: 1 or more of each)");
        }
        if (!(bandwidth > 0)) {
            throw new IllegalArgumentException("bandwidth: " + bandwidth + " (expected: above 0)");
        }
        return new Search(layers, bandwidth, workers, variant).best();
    }

    /** The first layers on some workers, in the best way. */
    private record Begun(double time, Stage last, @Nullable Begun before) {}

    private static final class Search {
        private final List<LayerCost> layers;
        private final double bandwidth;
        private final int workers;
        private final Variant variant;
        private final double[] times;
        private final double[] weights;

        Search(List<LayerCost> layers, double bandwidth, int workers, Variant variant) {
            this.layers = layers;
            this.bandwidth = bandwidth;
            this.workers = workers;
            this.variant = variant;
            this.times = new double[layers.size() + 1];
            this.weights = new double[layers.size() + 1];
            for (int i = 0; i < layers.size(); i++) {
                times[i + 1] = times[i] + layers.get(i).time();
                weights[i + 1] = weights[i] + layers.get(i).weightBytes();
            }
        }

        ReplicatedPartition best() {
            // best.get(m - 1).get(end - 1): the layers before end on m workers
            List<List<@Nullable Begun>> best = new ArrayList<>();
            for (int m = 1; m <= workers; m++) {
                List<@Nullable Begun> these = new ArrayList<>();
                for (int end = 1; end <= layers.size(); end++) {
                    these.add(best(m, end, best));
                }
                best.add(these);
            }
            List<Stage> stages = new ArrayList<>();
            Begun whole = best.getLast().getLast();
            // one stage on all workers is always possible
            double time = whole == null ? Double.POSITIVE_INFINITY : whole.time();
            for (Begun begun = whole; begun != null; begun = begun.before()) {
                stages.addFirst(begun.last());
            }
            return new ReplicatedPartition(stages, time);
        }

        private Begun best(int m, int end, List<List<@Nullable Begun>> fewer) {
            Begun best = new Begun(stage(0, end, m), new Stage(0, end, m), null);
            for (int last = 1; last < m; last++) {
                for (int from = 1; from < end; from++) {
                    Begun before = fewer.get(m - last - 1).get(from - 1);
                    if (before != null && before.time() < best.time()) {
                        double time = Math.max(before.time(), Math.max(boundary(from, last), stage(from, end, last)));
                        best = time < best.time() ? new Begun(time, new Stage(from, end, last), before) : best;
                    }
                }
            }
            return best;
        }

        private double stage(int from, int to, int m) {
            double work = times[to] - times[from];
            double bytes = weights[to] - weights[from];
            return switch (variant) {
                case PAPER -> Math.max(work, 2 * (m - 1) * bytes / bandwidth) / m;
                case CODE -> (work + 4 * (m - 1) * bytes / (bandwidth * m)) / m;
            };
        }

        private double boundary(int from, int m) {
            double bytes = 2 * layers.get(from - 1).outputBytes();
            return switch (variant) {
                case PAPER -> bytes / bandwidth;
                case CODE -> bytes / (bandwidth * m);
            };
        }
    }
}
