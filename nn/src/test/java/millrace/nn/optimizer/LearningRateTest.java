package millrace.nn.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.optimizer.LearningRate.Constant;
import millrace.nn.optimizer.LearningRate.Cosine;
import millrace.nn.optimizer.LearningRate.Exponential;
import millrace.nn.optimizer.LearningRate.Step;
import millrace.nn.optimizer.LearningRate.WarmUp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LearningRateTest {
    static Stream<Arguments> schedules() {
        return Stream.of(
                Arguments.of("step", new Step(3, 0.5)),
                Arguments.of("exponential", new Exponential(0.9)),
                Arguments.of("cosine", new Cosine(10, 0.1)),
                Arguments.of("cosine-restarts", new LearningRate.CosineRestarts(4, 1, 0.1)),
                Arguments.of("cosine-restarts-growing", new LearningRate.CosineRestarts(3, 2, 0.1)),
                Arguments.of("warm-up", new WarmUp(4, new Constant())),
                Arguments.of("warm-up-step", new WarmUp(4, new Step(3, 0.5))),
                Arguments.of("warm-up-cosine", new WarmUp(4, new Cosine(10, 0.1))));
    }

    /** PyTorch multiplies step by step in double, so its last digits differ. */
    @ParameterizedTest
    @MethodSource("schedules")
    void factorsArePyTorchs(String name, LearningRate schedule) {
        double[] expected = Golden.read("learning-rates").doubles(name);
        double[] actual = new double[expected.length];
        for (int t = 0; t < expected.length; t++) {
            actual[t] = schedule.factor(t);
        }

        assertThat(actual).containsExactly(expected, within(1e-12));
    }

    @Test
    void cosineStaysAtItsFloor() {
        assertThat(new Cosine(10, 0.1).factor(1_000)).isCloseTo(0.1, within(1e-15));
        assertThat(new Cosine(10, 0).factor(10)).isZero();
    }

    @Test
    void constantIsOne() {
        assertThat(new Constant().factor(0)).isEqualTo(1);
        assertThat(new Constant().factor(1L << 40)).isEqualTo(1);
    }

    @Test
    void timeMayCountEpochs() {
        UpdatePolicy policy = new UpdatePolicy(new Optimizer.Sgd(2), new Step(1, 0.5), 100, GradientShaping.NONE);

        assertThat(policy.rate(99)).isEqualTo(2);
        assertThat(policy.rate(100)).isEqualTo(1);
        assertThat(policy.rate(250)).isEqualTo(0.5);
        assertThat(UpdatePolicy.of(new Optimizer.Sgd(2)).rate(1_000)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -3})
    void lengthsAreAtLeastOne(long length) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Step(length, 0.5))
                .withMessage("step every: " + length + " (expected: 1 or more)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Cosine(length, 0))
                .withMessage("cosine length: " + length + " (expected: 1 or more)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WarmUp(length, new Constant()))
                .withMessage("warm-up length: " + length + " (expected: 1 or more)");
    }
}
