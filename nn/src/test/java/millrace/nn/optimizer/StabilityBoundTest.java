package millrace.nn.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StabilityBoundTest {
    private static final int CASES = 60;

    @ParameterizedTest
    @CsvSource({
        "0, 2",
        "1, 1",
        "2, 0.618034",
        "3, 0.445042",
        "5, 0.284630",
        "7, 0.209057",
        "15, 0.101298",
        "31, 0.049861"
    })
    void withoutMomentumItIsPipeMares(int delay, double expected) {
        assertThat(StabilityBound.of(delay)).isCloseTo(expected, within(5e-7));
        assertThat(StabilityBound.of(delay)).isCloseTo(2 * Math.sin(Math.PI / (4 * delay + 2)), within(1e-14));
    }

    /** Where the largest root that NumPy finds passes the unit circle, with momentum 0.9. */
    @ParameterizedTest
    @CsvSource({
        "0, 3.8, 1.3571429",
        "1, 0.1, 0.2531379",
        "2, 0.0512492, 0.0807046",
        "3, 0.0347841, 0.0463708",
        "5, 0.0215007, 0.0253114",
        "7, 0.0157520, 0.0176380",
        "15, 0.0079286, 0.0083394",
        "31, 0.0041791, 0.0042833"
    })
    void momentumLowersItAsSoonAsThereIsADelay(int delay, double heavyBall, double nesterov) {
        assertThat(StabilityBound.of(delay, 0.9)).isCloseTo(heavyBall, within(5.1e-8));
        assertThat(StabilityBound.of(delay, 0.9, true)).isCloseTo(nesterov, within(5.1e-8));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.5, 0.9, 0.999})
    void withoutDelayItHasClosedForms(double momentum) {
        assertThat(StabilityBound.of(0, momentum)).isCloseTo(2 * (1 + momentum), within(1e-12));
        assertThat(StabilityBound.of(0, momentum, true))
                .isCloseTo(2 * (1 + momentum) / (1 + 2 * momentum), within(1e-12));
        // (z - 1) (z - beta) + a = 0: the product of a pair of roots is beta + a
        assertThat(StabilityBound.of(1, momentum)).isCloseTo(1 - momentum, within(1e-12));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 31})
    void withoutMomentumNesterovChangesNothing(int delay) {
        assertThat(StabilityBound.of(delay, 0, true)).isCloseTo(StabilityBound.of(delay), within(1e-14));
    }

    /** Training in double on one weight of curvature 1, a little below and a little above the bound. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void divergenceBeginsThere(boolean nesterov) {
        Random random = new Random(5);
        for (int i = 0; i < CASES; i++) {
            // the short delays, then any
            int delay = i < 8 ? i / 2 : random.nextInt(40);
            double momentum = 0.98 * random.nextDouble();
            double bound = StabilityBound.of(delay, momentum, nesterov);

            String what = "seed 5, case " + i + ": delay " + delay + ", momentum " + momentum;
            assertThat(converges(0.98 * bound, delay, momentum, nesterov))
                    .as(what)
                    .isTrue();
            assertThat(converges(1.02 * bound, delay, momentum, nesterov))
                    .as(what)
                    .isFalse();
        }
    }

    private static boolean converges(double rate, int delay, double momentum, boolean nesterov) {
        double[] weights = new double[delay + 1];
        Arrays.fill(weights, 1);
        double velocity = 0;
        for (int step = 0; step < 1 << 24; step++) {
            int now = step % weights.length;
            int next = (step + 1) % weights.length;
            // the place of the next weight holds the oldest
            double gradient = weights[next];
            velocity = momentum * velocity + gradient;
            weights[next] = weights[now] - rate * (nesterov ? gradient + momentum * velocity : velocity);
            if (next == 0) {
                double left = rate * Math.abs(velocity) / (1 - momentum);
                for (double weight : weights) {
                    left = Math.max(left, Math.abs(weight));
                }
                if (left < 1e-6 || left > 1e6) {
                    return left < 1;
                }
            }
        }
        throw new IllegalStateException("neither small nor large: rate " + rate + ", delay " + delay + ", momentum "
                + momentum + ", nesterov " + nesterov);
    }

    @Test
    void refusesWhatIsNoDelayOrMomentum() {
        String expected = " (expected: a delay of 0 or more steps, a momentum of at least 0 and below 1)";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StabilityBound.of(-1))
                .withMessage("delay: -1, momentum: 0.0" + expected);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StabilityBound.of(2, 1))
                .withMessage("delay: 2, momentum: 1.0" + expected);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StabilityBound.of(2, Double.NaN))
                .withMessage("delay: 2, momentum: NaN" + expected);
    }
}
