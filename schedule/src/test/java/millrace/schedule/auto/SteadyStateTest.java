package millrace.schedule.auto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.schedule.auto.SteadyState.Cut;
import millrace.schedule.auto.SteadyState.Times;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SteadyStateTest {
    /** Three stages of one layer each, six micro-batches, B = 2F: what the paper's recurrence gives. */
    @ParameterizedTest
    @CsvSource({"1, 2, 1, 40", "1, 1, 2, 39", "2, 1, 1, 38"})
    void estimate(double first, double second, double third, double expected) {
        double[] forward = {first, second, third};

        Optional<Cut> cut = SteadyState.best(3, 3, 6, (stage, from, to) -> new Times(forward[from], 2 * forward[from]));

        assertThat(cut.orElseThrow().time()).isEqualTo(expected);
        assertThat(cut.orElseThrow().starts()).containsExactly(0, 1, 2);
    }

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void asGoodAsTheBestOfAll(int seed) {
        Random random = new Random(seed);
        int units = 2 + random.nextInt(7);
        int stages = 1 + random.nextInt(Math.min(4, units));
        int microBatches = 1 + random.nextInt(8);
        double[] forward = random.doubles(units, 1, 5).toArray();
        double[] backward = random.doubles(units, 1, 9).toArray();
        double limit = 2 + random.nextInt(units);
        SteadyState.StageTimes times = (stage, from, to) -> to - from > limit
                ? null
                : new Times(
                        Arrays.stream(forward, from, to).sum(),
                        Arrays.stream(backward, from, to).sum());
        double[] best = {Double.POSITIVE_INFINITY};
        Networks.eachCut(
                units, stages, starts -> best[0] = Math.min(best[0], time(times, starts, units, microBatches)));

        Optional<Cut> found = SteadyState.best(units, stages, microBatches, times);

        assertThat(found.map(Cut::time).orElse(Double.POSITIVE_INFINITY))
                .as("seed %d", seed)
                .satisfies(time -> assertThat(time).isCloseTo(best[0], within(1e-9)));
        found.ifPresent(cut -> assertThat(time(
                        times, cut.starts().stream().mapToInt(Integer::intValue).toArray(), units, microBatches))
                .as("seed %d", seed)
                .isCloseTo(cut.time(), within(1e-9)));
    }

    /** The recurrence as it is written. */
    private static double time(SteadyState.StageTimes times, int[] starts, int units, int microBatches) {
        int p = starts.length;
        double warmUp = 0;
        double end = 0;
        double slowest = 0;
        Times next = new Times(0, 0);
        for (int stage = p - 1; stage >= 0; stage--) {
            Times own = times.of(stage, starts[stage], Networks.end(starts, stage, units));
            if (own == null) {
                return Double.POSITIVE_INFINITY;
            }
            int behind = p - 1 - stage;
            warmUp = own.forward() + Math.max(warmUp + next.backward(), behind * own.forward());
            end = own.backward() + Math.max(end + next.forward(), behind * own.backward());
            slowest = Math.max(slowest, own.forward() + own.backward());
            next = own;
        }
        return warmUp + end + Math.max(0, microBatches - p) * slowest;
    }
}
