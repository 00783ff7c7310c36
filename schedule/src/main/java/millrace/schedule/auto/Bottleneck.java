package millrace.schedule.auto;

import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts a line of units into stages so that the largest cost of a stage is as small as possible: the dynamic program over prefixes
 * of PipeDream's partitioner without replication (Narayanan et al., SOSP 2019), for stages on unequal ranks too. Exact.
 * {@code millrace.nn.model.Partition} has the same for a model of which only the numbers of multiplications are known.
 */
final class Bottleneck {
    /** What a stage of some units costs. */
    @FunctionalInterface
    interface StageValue {
        /**
         * @param stage its number
         * @param from its first unit
         * @param to the first unit of the next stage
         * @return infinite where the stage cannot be so
         */
        double of(int stage, int from, int to);
    }

    private Bottleneck() {}

    /**
     * The first unit of each stage; empty when every way to cut has a stage that cannot be.
     *
     * @param units number of units, at least as many as stages
     * @param stages number of stages, each of at least one unit
     */
    static Optional<int[]> starts(int units, int stages, StageValue cost) {
        // best[s][end]: smallest maximum when the first units up to end form stages 0 to s
        double[][] best = new double[stages][units + 1];
        int[][] start = new int[stages][units + 1];
        for (int stage = 0; stage < stages; stage++) {
            Arrays.fill(best[stage], Double.POSITIVE_INFINITY);
            for (int end = stage + 1; end <= units - (stages - 1 - stage); end++) {
                for (int from = stage == 0 ? 0 : end - 1; from >= stage; from--) {
                    double before = stage == 0 ? 0 : best[stage - 1][from];
                    double most = Math.max(before, cost.of(stage, from, end));
                    if (most < best[stage][end]) {
                        best[stage][end] = most;
                        start[stage][end] = from;
                    }
                }
            }
        }
        if (Double.isInfinite(best[stages - 1][units])) {
            return Optional.empty();
        }
        int[] starts = new int[stages];
        for (int stage = stages - 1, end = units; stage >= 0; end = starts[stage], stage--) {
            starts[stage] = start[stage][end];
        }
        return Optional.of(starts);
    }
}
