package millrace.schedule.auto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BottleneckTest {
    @Test
    void stagesOfEqualCost() {
        double[] times = {5, 1, 1, 1, 1, 1};

        assertThat(Bottleneck.starts(6, 3, (stage, from, to) -> sum(times, from, to)))
                .hasValueSatisfying(starts -> assertThat(most(times, starts)).isEqualTo(5));
    }

    @Test
    void aRankOfHalfTheSpeedGetsLess() {
        double[] times = {1, 1, 1, 1, 1, 1};
        double[] speeds = {1, 0.5};

        assertThat(Bottleneck.starts(6, 2, (stage, from, to) -> sum(times, from, to) / speeds[stage]))
                .hasValue(new int[] {0, 4});
    }

    @Test
    void nothingWhereNoStageCanBe() {
        assertThat(Bottleneck.starts(4, 2, (stage, from, to) -> to - from > 1 ? Double.POSITIVE_INFINITY : 1))
                .isEmpty();
    }

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    /** Costs at random, some stages impossible. */
    @ParameterizedTest
    @MethodSource("seeds")
    void asGoodAsTheBestOfAll(int seed) {
        Random random = new Random(seed);
        int units = 2 + random.nextInt(7);
        int stages = 1 + random.nextInt(Math.min(4, units));
        double[][][] costs = new double[stages][units][units + 1];
        for (double[][] stage : costs) {
            for (double[] row : stage) {
                Arrays.setAll(row, _ -> random.nextInt(6) == 0 ? Double.POSITIVE_INFINITY : random.nextInt(20));
            }
        }
        Bottleneck.StageValue cost = (stage, from, to) -> costs[stage][from][to];
        double[] best = {Double.POSITIVE_INFINITY};
        Networks.eachCut(units, stages, starts -> best[0] = Math.min(best[0], most(cost, starts, units)));

        double found = Bottleneck.starts(units, stages, cost)
                .map(starts -> most(cost, starts, units))
                .orElse(Double.POSITIVE_INFINITY);

        assertThat(found).as("seed %d", seed).isEqualTo(best[0]);
    }

    private static double most(Bottleneck.StageValue cost, int[] starts, int units) {
        double most = 0;
        for (int stage = 0; stage < starts.length; stage++) {
            most = Math.max(most, cost.of(stage, starts[stage], Networks.end(starts, stage, units)));
        }
        return most;
    }

    private static double most(double[] times, int[] starts) {
        return most((stage, from, to) -> sum(times, from, to), starts, times.length);
    }

    private static double sum(double[] times, int from, int to) {
        return Arrays.stream(times, from, to).sum();
    }
}
