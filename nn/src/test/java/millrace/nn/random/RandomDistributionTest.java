package millrace.nn.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import millrace.nn.random.RandomStream.Purpose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is drawn has the distribution it says; every bound is four deviations of its estimator. */
class RandomDistributionTest {
    private static final int DRAWS = 40_000;

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 42, -7})
    void doublesAreUniform(long seed) {
        RandomStream random = RandomStream.of(seed, Purpose.SYNTHESISE);
        double[] draws =
                IntStream.range(0, DRAWS).mapToDouble(i -> random.nextDouble()).toArray();

        assertThat(DoubleStream.of(draws)).allMatch(d -> d >= 0 && d < 1);
        assertUniform(seed, draws);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 42, -7})
    void floatsAreUniform(long seed) {
        RandomStream random = RandomStream.of(seed, Purpose.SYNTHESISE);
        double[] draws =
                IntStream.range(0, DRAWS).mapToDouble(i -> random.nextFloat()).toArray();

        assertThat(DoubleStream.of(draws)).allMatch(d -> d >= 0 && d < 1 && d * (1 << 24) == Math.rint(d * (1 << 24)));
        assertUniform(seed, draws);
    }

    /** Mean 1/2 with deviation 1/sqrt(12 n), mean square 1/3 with deviation sqrt(4/45 / n): within 4 of them. */
    private static void assertUniform(long seed, double[] draws) {
        assertThat(moment(draws, 1)).as("mean, seed %s", seed).isCloseTo(0.5, within(4 / Math.sqrt(12.0 * DRAWS)));
        assertThat(moment(draws, 2))
                .as("mean square, seed %s", seed)
                .isCloseTo(1 / 3.0, within(4 * Math.sqrt(4 / 45.0 / DRAWS)));
    }

    /** Moments 0, 1, 0, 3 with deviations sqrt of 1, 2, 15, 96 over n: within 4 of them. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 42, -7})
    void gaussiansAreStandardNormal(long seed) {
        RandomStream random = RandomStream.of(seed, Purpose.INITIALISE);
        double[] draws = IntStream.range(0, DRAWS)
                .mapToDouble(i -> random.nextGaussian())
                .toArray();
        double[] expected = {0, 1, 0, 3};
        double[] variances = {1, 2, 15, 96};

        for (int k = 1; k <= 4; k++) {
            assertThat(moment(draws, k))
                    .as("moment %d, seed %s", k, seed)
                    .isCloseTo(expected[k - 1], within(4 * Math.sqrt(variances[k - 1] / DRAWS)));
        }
    }

    @Test
    void aGaussianTakesTwoDraws() {
        RandomStream gaussian = RandomStream.of(5, Purpose.INITIALISE);
        RandomStream plain = RandomStream.of(5, Purpose.INITIALISE);
        double u = plain.nextDouble();
        double v = plain.nextDouble();

        assertThat(gaussian.nextGaussian())
                .isEqualTo(StrictMath.sqrt(-2 * StrictMath.log(1 - u)) * StrictMath.cos(2 * Math.PI * v));
        assertThat(gaussian.nextLong()).isEqualTo(plain.nextLong());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 10, 1000})
    void intsAreUniformBelowTheBound(int bound) {
        RandomStream random = RandomStream.of(3, Purpose.SPLIT, bound);
        double[] draws = IntStream.range(0, DRAWS)
                .mapToDouble(i -> random.nextInt(bound))
                .toArray();

        assertThat(DoubleStream.of(draws)).allMatch(d -> d >= 0 && d < bound);
        // a discrete uniform variable has variance (bound^2 - 1) / 12
        double deviation = Math.sqrt(((double) bound * bound - 1) / 12 / DRAWS);
        assertThat(moment(draws, 1)).isCloseTo((bound - 1) / 2.0, within(4 * deviation));
        assertThat(draws).contains(0, bound - 1.0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 17, 1000})
    void aPermutationHoldsEveryNumberOnce(int n) {
        for (long seed = 0; seed < 5; seed++) {
            int[] permutation = RandomStream.of(seed, Purpose.SHUFFLE).permutation(n);

            assertThat(permutation)
                    .as("seed %s", seed)
                    .containsExactlyInAnyOrder(IntStream.range(0, n).toArray());
        }
    }

    @Test
    void allOrdersOfThreeAreEquallyFrequent() {
        int[] counts = new int[27];
        int trials = 6_000;
        for (int seed = 0; seed < trials; seed++) {
            int[] p = RandomStream.of(seed, Purpose.SHUFFLE, 1).permutation(3);
            counts[9 * p[0] + 3 * p[1] + p[2]]++;
        }
        // a count is binomial with mean 1000 and deviation below 29
        assertThat(IntStream.of(counts).filter(c -> c > 0)).hasSize(6).allMatch(c -> Math.abs(c - trials / 6) < 4 * 29);
    }

    private static double moment(double[] draws, int k) {
        double sum = 0;
        for (double d : draws) {
            sum += Math.pow(d, k);
        }
        return sum / draws.length;
    }
}
