package millrace.nn.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Golden;
import millrace.nn.optimizer.Optimizer.Sgd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlateauTest {
    static Stream<Arguments> plateaus() {
        return Stream.of(
                Arguments.of("usual", Plateau.USUAL),
                Arguments.of("patient", new Plateau(0.5, 2, 1e-4, true, 0, 0, 1e-8)),
                Arguments.of("absolute", new Plateau(0.5, 1, 0.2, false, 0, 0, 1e-8)),
                Arguments.of("cooling", new Plateau(0.5, 1, 1e-4, true, 3, 0, 1e-8)),
                Arguments.of("floor", new Plateau(0.5, 0, 1e-4, true, 0, 0.01, 1e-8)),
                Arguments.of("eps", new Plateau(0.5, 0, 1e-4, true, 0, 0, 0.02)));
    }

    @ParameterizedTest
    @MethodSource("plateaus")
    void ratesArePyTorchs(String name, Plateau plateau) {
        Golden golden = Golden.read("plateau");
        double[] losses = golden.doubles("losses");
        double[] rates = new double[losses.length];
        Plateau.State state = Plateau.State.FRESH;
        for (int epoch = 0; epoch < losses.length; epoch++) {
            state = plateau.after(state, losses[epoch], 0.1);
            rates[epoch] = 0.1 * state.scale();
        }

        assertThat(rates).containsExactly(golden.doubles(name), within(1e-15));
    }

    @Test
    void theScaleIsOnTheRateOfTheStepsThatFollow() {
        Golden golden = Golden.read("one-cycle");
        try (Stepper scaled = new Stepper(UpdatePolicy.of(new Sgd(1)), golden, "initial");
                Stepper slow = new Stepper(UpdatePolicy.of(new Sgd(0.25)), golden, "initial")) {
            scaled.state().scaleRate(0.25);
            for (int step = 0; step < 3; step++) {
                scaled.step(Backend.fast().float32(), "gradients", step);
                slow.step(Backend.fast().float32(), "gradients", step);
            }
            assertThat(scaled.value(0)).isEqualTo(slow.value(0));
        }
    }

    @Test
    void whatIsNoPlateauIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Plateau(1, 1, 0, true, 0, 0, 0))
                .withMessage("plateau factor: 1.0 (expected: above 0 and below 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Plateau(0.1, -1, 0, true, 0, 0, 0))
                .withMessage("plateau patience: -1, cooldown: 0 (expected: 0 or more epochs)");
    }
}
