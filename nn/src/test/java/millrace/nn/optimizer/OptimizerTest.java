package millrace.nn.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import millrace.nn.kernel.UpdateRule;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.RmsProp;
import millrace.nn.optimizer.Optimizer.Sgd;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerTest {
    @Test
    void defaultsArePyTorchs() {
        assertThat(new Sgd(0.1)).isEqualTo(new Sgd(0.1, 0, false, 0));
        assertThat(new Sgd(0.1, 0.9)).isEqualTo(new Sgd(0.1, 0.9, false, 0));
        assertThat(new Adam(0.1)).isEqualTo(new Adam(0.1, 0.9, 0.999, 1e-8, 0, false));
        assertThat(Adam.adamW(0.1)).isEqualTo(new Adam(0.1, 0.9, 0.999, 1e-8, 0.01, true));
        assertThat(new NAdam(0.1)).isEqualTo(new NAdam(0.1, 0.9, 0.999, 1e-8, 0, 4e-3, false));
        assertThat(new RmsProp(0.1)).isEqualTo(new RmsProp(0.1, 0.99, 1e-8, 0, 0));
        assertThat(new Adagrad(0.1)).isEqualTo(new Adagrad(0.1, 0, 1e-10, 0));
    }

    @Test
    void namesAndStatesArePyTorchs() {
        assertThat(Stream.of(
                                new Sgd(1),
                                new Adam(1),
                                Adam.adamW(1),
                                new NAdam(1),
                                NAdam.nAdamW(1),
                                new RmsProp(1),
                                new Adagrad(1))
                        .map(Optimizer::name))
                .containsExactly("sgd", "adam", "adamw", "nadam", "nadamw", "rmsprop", "adagrad");
        assertThat(new Sgd(1).states()).isEmpty();
        assertThat(new Sgd(1, 0.5).states()).containsExactly("momentum_buffer");
        assertThat(Adam.adamW(1).states()).containsExactly("exp_avg", "exp_avg_sq");
        assertThat(NAdam.nAdamW(1).states()).containsExactly("exp_avg", "exp_avg_sq");
        assertThat(new RmsProp(1).states()).containsExactly("square_avg");
        assertThat(new RmsProp(1, 0.9, 1e-8, 0, 0.5).states()).containsExactly("square_avg", "momentum_buffer");
        assertThat(new Adagrad(1).states()).containsExactly("sum");
    }

    /** The rate that is passed in counts, not the base rate. */
    @Test
    void rulesUseTheRateOfTheStep() {
        List<Float> rates = Stream.of(new Sgd(1), new Adam(1), new NAdam(1), new RmsProp(1), new Adagrad(1))
                .map(optimizer -> switch (optimizer.rule(1, 0.25)) {
                    case UpdateRule.Sgd rule -> rule.rate();
                    // divided by the bias correction of the first step
                    case UpdateRule.Adam rule -> rule.rate() * (1 - 0.9f);
                    // at the first step 1 - mu_1 is also the correction
                    case UpdateRule.NAdam rule -> rule.gradientRate();
                    case UpdateRule.RmsProp rule -> rule.rate();
                    case UpdateRule.Adagrad rule -> rule.rate();
                })
                .toList();

        assertThat(rates).allMatch(rate -> Math.abs(rate - 0.25f) < 1e-6);
    }

    @ParameterizedTest
    @CsvSource({"0.9, 0.004", "0.9, 0", "0.99, 0.001", "0.5, 1", "0.9999, 300", "0, 0.004"})
    void nadamsProductOfMomentaIsThatOfAllStepsBefore(double beta1, double momentumDecay) {
        NAdam optimizer = new NAdam(1, beta1, 0.999, 1e-8, 0, momentumDecay, false);
        double product = 1;
        for (int step = 1; step <= 600; step++) {
            product *= optimizer.momentum(step);
            assertThat(optimizer.momentumProduct(step)).as("step %d", step).isCloseTo(product, within(1e-12 * product));
        }
    }

    /** The product is far below the smallest number then, and both corrections are 1. */
    @Test
    void nadamsRatesAfterManyStepsAreThoseWithoutCorrection() {
        UpdateRule.NAdam rule = (UpdateRule.NAdam) new NAdam(1).rule(1L << 40, 0.5);

        assertThat(rule.gradientRate()).isCloseTo(0.05f, within(1e-6f));
        assertThat(rule.meanRate()).isCloseTo(0.45f, within(1e-6f));
        assertThat(rule.rootBias2()).isEqualTo(1);
    }

    static Stream<Arguments> refusals() {
        String positive = " (expected: above 0 and finite)";
        String notNegative = " (expected: 0 or more and finite)";
        String fraction = " (expected: at least 0 and below 1)";
        return Stream.of(
                refusal(() -> new Sgd(0), "lr: 0.0" + positive),
                refusal(() -> new Sgd(-1), "lr: -1.0" + positive),
                refusal(() -> new Sgd(Double.NaN), "lr: NaN" + positive),
                refusal(() -> new Sgd(Double.POSITIVE_INFINITY), "lr: Infinity" + positive),
                refusal(() -> new Sgd(1, 1), "momentum: 1.0" + fraction),
                refusal(() -> new Sgd(1, -0.1), "momentum: -0.1" + fraction),
                refusal(() -> new Sgd(1, 0, false, -1), "weight decay: -1.0" + notNegative),
                refusal(
                        () -> new Sgd(1, 0, true, 0),
                        "nesterov: true (expected: false without momentum); set momentum above 0"),
                refusal(() -> new Adam(0), "lr: 0.0" + positive),
                refusal(() -> new Adam(1, 1, 0.9, 1, 0, false), "beta1: 1.0" + fraction),
                refusal(() -> new Adam(1, 0.9, Double.NaN, 1, 0, false), "beta2: NaN" + fraction),
                refusal(() -> new Adam(1, 0.9, 0.9, -1e-8, 0, false), "epsilon: -1.0E-8" + notNegative),
                refusal(() -> new Adam(1, 0.9, 0.9, 1, -2, true), "weight decay: -2.0" + notNegative),
                refusal(() -> new NAdam(0), "lr: 0.0" + positive),
                refusal(() -> new NAdam(1, 1, 0.9, 1, 0, 0, false), "beta1: 1.0" + fraction),
                refusal(() -> new NAdam(1, 0.9, -1, 1, 0, 0, false), "beta2: -1.0" + fraction),
                refusal(() -> new NAdam(1, 0.9, 0.9, -1, 0, 0, false), "epsilon: -1.0" + notNegative),
                refusal(() -> new NAdam(1, 0.9, 0.9, 1, -2, 0, true), "weight decay: -2.0" + notNegative),
                refusal(() -> new NAdam(1, 0.9, 0.9, 1, 0, -1, true), "momentum decay: -1.0" + notNegative),
                refusal(() -> new RmsProp(-2), "lr: -2.0" + positive),
                refusal(() -> new RmsProp(1, 1.5, 1, 0, 0), "alpha: 1.5" + fraction),
                refusal(() -> new RmsProp(1, 0.9, Double.NaN, 0, 0), "epsilon: NaN" + notNegative),
                refusal(() -> new RmsProp(1, 0.9, 1, -1, 0), "weight decay: -1.0" + notNegative),
                refusal(() -> new RmsProp(1, 0.9, 1, 0, 1), "momentum: 1.0" + fraction),
                refusal(() -> new Adagrad(0), "lr: 0.0" + positive),
                refusal(() -> new Adagrad(1, -1, 1, 0), "lr decay: -1.0" + notNegative),
                refusal(() -> new Adagrad(1, 0, -1, 0), "epsilon: -1.0" + notNegative),
                refusal(() -> new Adagrad(1, 0, 1, -1), "weight decay: -1.0" + notNegative));
    }

    private static Arguments refusal(ThrowingCallable constructor, String message) {
        return Arguments.of(constructor, message);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("refusals")
    void refusesWhatCannotTrain(ThrowingCallable constructor, String message) {
        assertThatIllegalArgumentException().isThrownBy(constructor).withMessage(message);
    }
}
