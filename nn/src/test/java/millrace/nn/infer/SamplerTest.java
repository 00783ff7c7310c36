package millrace.nn.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final int DRAWS = 20_000;
    // shares 0.1, 0.2, 0.4, 0.3
    private static final float[] LOGITS = {
        (float) Math.log(0.1), (float) Math.log(0.2), (float) Math.log(0.4), (float) Math.log(0.3)
    };

    private static double[] shares(Sampler sampler) {
        double[] shares = new double[LOGITS.length];
        for (int i = 0; i < DRAWS; i++) {
            shares[sampler.choose(LOGITS, i)] += 1.0 / DRAWS;
        }
        return shares;
    }

    // five standard deviations of a share of so many draws
    private static final Offset<Double> NEAR = Offset.offset(5 * 0.5 / Math.sqrt(DRAWS));

    @Test
    void tokensComeAsOftenAsTheSoftmaxSays() {
        double[] shares = shares(new Sampler(1, 0, 1));

        assertThat(shares[0]).isEqualTo(0.1, NEAR);
        assertThat(shares[1]).isEqualTo(0.2, NEAR);
        assertThat(shares[2]).isEqualTo(0.4, NEAR);
        assertThat(shares[3]).isEqualTo(0.3, NEAR);
    }

    @Test
    void aTemperatureIsAnExponentOfTheShares() {
        double[] shares = shares(new Sampler(0.5, 0, 2));

        // squares, over their sum
        assertThat(shares[2]).isEqualTo(0.16 / 0.30, NEAR);
        assertThat(shares[0]).isEqualTo(0.01 / 0.30, NEAR);
    }

    @Test
    void topKLeavesTheLikeliestAlone() {
        double[] shares = shares(new Sampler(1, 2, 3));

        assertThat(shares[0]).isZero();
        assertThat(shares[1]).isZero();
        assertThat(shares[2]).isEqualTo(4.0 / 7, NEAR);
        assertThat(shares(new Sampler(1, 9, 3))).containsExactly(shares(new Sampler(1, 0, 3)));
    }

    @Test
    void temperatureZeroTakesTheFirstOfTheLikeliest() {
        Sampler greedy = new Sampler(0, 0, 1);

        assertThat(greedy.choose(new float[] {-1, 3, 2, 3}, 0)).isEqualTo(1);
        assertThat(new Sampler(1e-300, 0, 1).choose(new float[] {-1, 3, 2, 1}, 7))
                .isEqualTo(1);
    }

    @Test
    void seedsDecide() {
        assertThat(shares(new Sampler(1, 0, 5))).containsExactly(shares(new Sampler(1, 0, 5)));
        assertThat(shares(new Sampler(1, 0, 5))).isNotEqualTo(shares(new Sampler(1, 0, 6)));
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Sampler(-0.1, 0, 1))
                .withMessageStartingWith("temperature: -0.1 (expected: 0 for the likeliest character, or above");
        assertThatIllegalArgumentException().isThrownBy(() -> new Sampler(Double.NaN, 0, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Sampler(1, -1, 1))
                .withMessageStartingWith("top-k: -1 (expected: 1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Sampler(0, 0, 1).choose(new float[] {1, Float.NaN}, 0))
                .withMessageStartingWith("logits: NaN (expected: numbers)");
    }
}
