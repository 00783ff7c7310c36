package millrace.nn.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import millrace.nn.random.RandomStream.Purpose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitializerTest {
    private static final int DRAWS = 40_000;
    private static final int FAN_IN = 50;
    private static final int FAN_OUT = 30;

    private static double[] draws(Initializer initializer, long seed) {
        RandomStream random = RandomStream.of(seed, Purpose.INITIALISE);
        return IntStream.range(0, DRAWS)
                .mapToDouble(i -> initializer.draw(random, FAN_IN, FAN_OUT))
                .toArray();
    }

    /** The bounds are those of torch.nn.init for fan-in 50 and fan-out 30. */
    @ParameterizedTest
    @CsvSource({"KAIMING_UNIFORM, 0.34641016", "XAVIER_UNIFORM, 0.27386128", "PYTORCH, 0.14142136"})
    void uniformFillsItsBounds(Initializer initializer, double bound) {
        for (long seed = 0; seed < 3; seed++) {
            double[] draws = draws(initializer, seed);

            assertThat(DoubleStream.of(draws)).as("seed %s", seed).allMatch(d -> Math.abs(d) <= bound);
            // the largest of 40,000 is within 1/1000 of the bound but for e^-20
            assertThat(DoubleStream.of(draws).max().orElseThrow())
                    .as("seed %s", seed)
                    .isGreaterThan(0.999 * bound);
            assertThat(DoubleStream.of(draws).min().orElseThrow())
                    .as("seed %s", seed)
                    .isLessThan(-0.999 * bound);
            assertMoments(seed, draws, bound / Math.sqrt(3), 1.8);
        }
    }

    /** The deviations are those of torch.nn.init for fan-in 50 and fan-out 30. */
    @ParameterizedTest
    @CsvSource({"KAIMING_NORMAL, 0.2", "XAVIER_NORMAL, 0.15811388", "NORMAL, 1", "GPT2, 0.02"})
    void normalHasItsDeviation(Initializer initializer, double deviation) {
        for (long seed = 0; seed < 3; seed++) {
            double[] draws = draws(initializer, seed);

            assertMoments(seed, draws, deviation, 3);
            assertThat(DoubleStream.of(draws).max().orElseThrow())
                    .as("seed %s", seed)
                    .isGreaterThan(3 * deviation);
        }
    }

    /** Mean and mean square within 4 of their own deviations; kurtosis gives that of the square. */
    private static void assertMoments(long seed, double[] draws, double deviation, double kurtosis) {
        double mean = DoubleStream.of(draws).sum() / DRAWS;
        double square = DoubleStream.of(draws).map(d -> d * d).sum() / DRAWS;
        double variance = deviation * deviation;

        assertThat(mean).as("mean, seed %s", seed).isCloseTo(0, within(4 * deviation / Math.sqrt(DRAWS)));
        assertThat(square)
                .as("mean square, seed %s", seed)
                .isCloseTo(variance, within(4 * variance * Math.sqrt((kurtosis - 1) / DRAWS)));
    }

    @Test
    void onesAndZerosTakeNoDraw() {
        RandomStream random = RandomStream.of(1, Purpose.INITIALISE);

        assertThat(Initializer.ZEROS.draw(random, FAN_IN, FAN_OUT)).isZero();
        assertThat(Initializer.ONES.draw(random, FAN_IN, FAN_OUT)).isEqualTo(1);
        assertThat(random.nextLong())
                .isEqualTo(RandomStream.of(1, Purpose.INITIALISE).nextLong());
    }

    @Test
    void namesAreThoseOfRunFiles() {
        assertThat(Initializer.values())
                .extracting(Initializer::key)
                .containsExactly(
                        "kaiming-uniform",
                        "kaiming-normal",
                        "xavier-uniform",
                        "xavier-normal",
                        "pytorch",
                        "normal",
                        "gpt2",
                        "ones",
                        "zeros");
    }
}
