package millrace.nn.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GradientGuardTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    private Parameter parameter(int layer, float gradient) {
        ParameterSpec spec = new ParameterSpec("weight", Shape.of(1, 1), Initializer.ZEROS, 1, 1);
        Parameter parameter = new Parameter(arena, layer, 0, spec, 1);
        parameter.gradient().setAtIndex(JAVA_FLOAT, 0, gradient);
        return parameter;
    }

    private static float value(Parameter parameter) {
        return parameter.value().getAtIndex(JAVA_FLOAT, 0);
    }

    private OptimizerState state(GradientGuard guard, List<List<Parameter>> stages) {
        return new OptimizerState(arena, UpdatePolicy.of(new Sgd(1)).with(guard), stages, 0);
    }

    @Test
    void theNormIsThatOfAStage() {
        Parameter a = parameter(0, 3);
        Parameter b = parameter(1, 4);
        Parameter other = parameter(2, 0.5f);
        OptimizerState state = state(new GradientGuard(1, false), List.of(List.of(a, b), List.of(other)));

        state.step(Kernels.fast());

        assertThat(value(a)).isCloseTo(-0.6f, within(1e-6f));
        assertThat(value(b)).isCloseTo(-0.8f, within(1e-6f));
        assertThat(value(other)).isEqualTo(-0.5f);
    }

    @Test
    void aStageWhoseGradientIsNotFiniteLeavesItsStepOutAndOthersDoNot() {
        Parameter good = parameter(0, 1);
        Parameter bad = parameter(1, Float.NaN);
        OptimizerState state =
                state(new GradientGuard(Double.POSITIVE_INFINITY, true), List.of(List.of(good), List.of(bad)));

        state.step(Kernels.fast());
        bad.gradient().setAtIndex(JAVA_FLOAT, 0, 2);
        state.step(Kernels.fast());

        assertThat(value(good)).isEqualTo(-2);
        assertThat(value(bad)).isEqualTo(-2);
        assertThat(state.skipped()).containsExactly(0L, 1L);
        assertThat(state.steps()).isEqualTo(2);
    }

    @Test
    void aRunThatNeverHasAFiniteGradientEnds() {
        OptimizerState state = state(
                new GradientGuard(Double.POSITIVE_INFINITY, true),
                List.of(List.of(parameter(0, Float.POSITIVE_INFINITY))));
        for (int step = 0; step < 99; step++) {
            state.step(Kernels.fast());
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> state.step(Kernels.fast()))
                .withMessageStartingWith("steps without a finite gradient in a row: 100 (expected: fewer)");
    }

    @Test
    void stepsLeftOutAreCountedOnAfterARestore() {
        GradientGuard skip = new GradientGuard(Double.POSITIVE_INFINITY, true);
        OptimizerState before = state(skip, List.of(List.of(parameter(0, Float.NaN))));
        for (int step = 0; step < 60; step++) {
            before.step(Kernels.fast());
        }
        OptimizerState after = state(skip, List.of(List.of(parameter(0, Float.NaN))));
        after.resumeSkipped(before.skipped().getFirst(), before.skippedInARow().getFirst());
        for (int step = 60; step < 99; step++) {
            after.step(Kernels.fast());
        }

        assertThat(after.skipped()).containsExactly(99L);
        assertThatIllegalStateException().isThrownBy(() -> after.step(Kernels.fast()));
    }

    @Test
    void theRateOfALateStageRises() {
        UpdatePolicy policy = UpdatePolicy.of(new Sgd(8)).with(new DelayCorrection(100, 0, 0));
        assertThat(policy.rate(0, 4)).isEqualTo(2);
        assertThat(policy.rate(50, 4)).isCloseTo(4, within(1e-12));
        assertThat(policy.rate(100, 4)).isEqualTo(8);
        assertThat(policy.rate(1000, 4)).isEqualTo(8);
        assertThat(policy.rate(0, 1)).isEqualTo(8);
        assertThat(policy.rate(0, 0)).isEqualTo(8);
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new GradientGuard(0, false));
        assertThatIllegalArgumentException().isThrownBy(() -> new GradientGuard(Double.NaN, false));
        assertThatIllegalArgumentException().isThrownBy(() -> new DelayCorrection(-1, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new DelayCorrection(0, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new DelayCorrection(0, 0, -0.1));
    }
}
