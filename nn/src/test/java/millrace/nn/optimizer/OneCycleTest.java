package millrace.nn.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.optimizer.OneCycle.Momentum;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.Sgd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OneCycleTest {
    private static final Golden GOLDEN = Golden.read("one-cycle");

    static Stream<Arguments> cycles() {
        return Stream.of(
                Arguments.of("plain", new OneCycle(20, 0.3, 25, 1e4, false, false, Momentum.USUAL)),
                Arguments.of("linear", new OneCycle(17, 0.4, 10, 100, false, true, Momentum.USUAL)),
                Arguments.of("three-phase", new OneCycle(20, 0.3, 25, 1e4, true, false, Momentum.USUAL)),
                Arguments.of("three-phase-linear", new OneCycle(30, 0.25, 25, 1e4, true, true, Momentum.USUAL)));
    }

    @ParameterizedTest
    @MethodSource("cycles")
    void ratesAndMomentaArePyTorchs(String name, OneCycle cycle) {
        double[] rates = new double[Math.toIntExact(cycle.steps())];
        double[] momenta = new double[rates.length];
        for (int t = 0; t < rates.length; t++) {
            rates[t] = cycle.factor(t);
            momenta[t] = cycle.momentum(t).orElseThrow();
        }

        assertThat(rates).containsExactly(GOLDEN.doubles(name + ".rate"), within(1e-14));
        assertThat(momenta).containsExactly(GOLDEN.doubles(name + ".momentum"), within(1e-14));
    }

    static Stream<Arguments> optimizers() {
        return Stream.of(Arguments.of("sgd", new Sgd(0.1, 0.9)), Arguments.of("adamw", Adam.adamW(0.1)));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void weightsUnderACycleArePyTorchs(String name, Optimizer optimizer) {
        OneCycle cycle = new OneCycle(10, 0.3, 25, 1e4, false, false, Momentum.USUAL);
        UpdatePolicy policy = new UpdatePolicy(optimizer, cycle, 1, GradientShaping.NONE);
        try (Stepper stepper = new Stepper(policy, GOLDEN, "initial")) {
            float[] expected = GOLDEN.floats(name + ".weights");
            for (int step = 0; step < 10; step++) {
                stepper.step(Backend.fast().float32(), "gradients", step);
                for (int i = 0; i < 6; i++) {
                    assertThat(stepper.value(0)[i]).isCloseTo(expected[step * 6 + i], within(2e-6f));
                }
            }
        }
    }

    @Test
    void afterItsEndTheRateStaysAndTheMomentumMayStandStill() {
        OneCycle cycle = OneCycle.of(10);
        assertThat(cycle.factor(1_000)).isEqualTo(cycle.factor(9)).isCloseTo(1 / 25e4, within(1e-15));
        assertThat(cycle.momentum(3)).isEmpty();
    }

    @Test
    void whatIsNoCycleIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OneCycle.of(1))
                .withMessage("one-cycle steps: 1 (expected: 2 or more, a cycle rises and falls); train for more steps,"
                        + " give lr-schedule.length, or take another schedule");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new OneCycle(10, 0.5, 25, 1e4, true, false, null))
                .withMessageStartingWith("one-cycle rise: 0.5 (expected: above 0 and below 0.5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Momentum(0.95, 0.85))
                .withMessageContaining("the smaller one first");
    }

    @Test
    void anOptimizerWithoutMomentumCannotMoveIt() {
        OneCycle cycle = new OneCycle(10, 0.3, 25, 1e4, false, false, Momentum.USUAL);
        for (Optimizer optimizer : new Optimizer[] {new Sgd(0.1), new NAdam(0.1)}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new UpdatePolicy(optimizer, cycle, 1, GradientShaping.NONE))
                    .withMessageStartingWith("optimizer: " + optimizer.name() + " with a momentum that moves")
                    .withMessageEndingWith("set cycle-momentum = false");
        }
    }
}
