package millrace.nn.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

        state.step(Backend.fast().float32());

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

        state.step(Backend.fast().float32());
        bad.gradient().setAtIndex(JAVA_FLOAT, 0, 2);
        state.step(Backend.fast().float32());

        assertThat(value(good)).isEqualTo(-2);
        assertThat(value(bad)).isEqualTo(-2);
        assertThat(state.skipped()).containsExactly(0L, 1L);
        assertThat(state.steps()).isEqualTo(2);
    }

    @Test
    void theModelsNormClipsAsPyTorchDoes() {
        Golden golden = Golden.read("clip-norm");
        UpdatePolicy policy = UpdatePolicy.of(new Sgd(0.1, 0.9)).with(GradientGuard.ofModel(2.7, false));
        List<Double> norms = new ArrayList<>();
        try (Stepper stepper = new Stepper(policy, golden, "initial.weight", "initial.bias")) {
            stepper.before(() -> {
                double squares = GradientGuard.sum(
                        stepper.state().measure(Backend.fast().float32()).getFirst());
                norms.add(Math.sqrt(squares));
                stepper.state().admit(squares);
            });
            for (int step = 0; step < 10; step++) {
                stepper.step(Backend.fast().float32(), List.of("gradients.weight", "gradients.bias"), step);
            }

            assertThat(norms).anyMatch(norm -> norm < 2.7).anyMatch(norm -> norm > 2.7);
            for (int step = 0; step < 10; step++) {
                assertThat(norms.get(step)).isCloseTo(golden.doubles("norms")[step], within(1e-6));
            }
            assertThat(stepper.value(0)).containsExactly(golden.floats("weight"), within(1e-6f));
            assertThat(stepper.value(1)).containsExactly(golden.floats("bias"), within(1e-6f));
        }
    }

    /** Penalties are a part of what is measured and clipped, by the model's norm and by that of its only stage alike. */
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void theNormIsThatOfTheGradientWithItsPenalties(boolean ofModel, boolean fast) {
        Golden golden = Golden.read("clip-norm-penalties");
        Kernels kernels = fast ? Backend.fast().float32() : new ScalarKernels();
        GradientGuard guard = ofModel ? GradientGuard.ofModel(2.7, false) : new GradientGuard(2.7, false).reporting();
        UpdatePolicy policy = new UpdatePolicy(
                        new Sgd(0.1, 0.9),
                        new LearningRate.Constant(),
                        1,
                        new GradientShaping(0.5f, 0.75f, Float.POSITIVE_INFINITY))
                .with(guard);
        try (Stepper stepper = new Stepper(policy, golden, "initial.weight", "initial.bias")) {
            for (int step = 0; step < 10; step++) {
                if (ofModel) {
                    stepper.before(() -> stepper.state()
                            .admit(GradientGuard.sum(
                                    stepper.state().measure(kernels).getFirst())));
                }
                stepper.step(kernels, List.of("gradients.weight", "gradients.bias"), step);
                double norm = GradientGuard.norms(stepper.state().squares()).getFirst();
                assertThat(norm).isCloseTo(golden.doubles("norms")[step], within(2e-6));
            }
            assertThat(stepper.value(0)).containsExactly(golden.floats("weight"), within(2e-6f));
            assertThat(stepper.value(1)).containsExactly(golden.floats("bias"), within(2e-6f));
        }
    }

    /** Beside plain arithmetic in doubles: gradient and penalties, scaled by the norm of both, by a model's and a stage's norm. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void aClippedStepIsThatOfGradientAndPenalties(long seed) {
        Random random = new Random(seed);
        Kernels kernels = random.nextBoolean() ? Backend.fast().float32() : new ScalarKernels();
        boolean ofModel = random.nextBoolean();
        GradientShaping shaping = new GradientShaping(
                random.nextInt(3) * random.nextFloat(),
                random.nextInt(3) * random.nextFloat(),
                Float.POSITIVE_INFINITY);
        double limit = 0.05 + 3 * random.nextDouble();
        UpdatePolicy policy = new UpdatePolicy(new Sgd(0.5), new LearningRate.Constant(), 1, shaping)
                .with(ofModel ? GradientGuard.ofModel(limit, false) : new GradientGuard(limit, false));
        Shape shape = Shape.of(1 + random.nextInt(6), 1 + random.nextInt(6));
        Parameter weight =
                new Parameter(arena, 0, 0, new ParameterSpec("weight", shape, Initializer.PYTORCH, 4, 1), seed);
        Parameter bias =
                new Parameter(arena, 0, 1, new ParameterSpec("bias", Shape.of(3), Initializer.PYTORCH, 4, 1), seed);
        OptimizerState state = new OptimizerState(arena, policy, List.of(weight, bias));
        List<double[]> values = new ArrayList<>();
        List<double[]> gradients = new ArrayList<>();
        double squares = 0;
        for (Parameter parameter : List.of(weight, bias)) {
            double[] w = new double[(int) parameter.elements()];
            double[] g = new double[w.length];
            for (int i = 0; i < w.length; i++) {
                w[i] = parameter.value().getAtIndex(JAVA_FLOAT, i);
                float gradient = (float) random.nextGaussian();
                parameter.gradient().setAtIndex(JAVA_FLOAT, i, gradient);
                g[i] = gradient
                        + (parameter == weight ? shaping.l1() * Math.signum(w[i]) + 2.0 * shaping.l2() * w[i] : 0);
                squares += g[i] * g[i];
            }
            values.add(w);
            gradients.add(g);
        }
        // as clip_grad_norm_ does
        double scale = Math.min(1, limit / (Math.sqrt(squares) + 1e-6));

        if (ofModel) {
            state.admit(GradientGuard.sum(state.measure(kernels).getFirst()));
        }
        state.step(kernels);

        for (int p = 0; p < 2; p++) {
            Parameter parameter = p == 0 ? weight : bias;
            for (int i = 0; i < values.get(p).length; i++) {
                assertThat((double) parameter.value().getAtIndex(JAVA_FLOAT, i))
                        .as("seed %d, parameter %d, element %d", seed, p, i)
                        .isCloseTo(values.get(p)[i] - 0.5 * scale * gradients.get(p)[i], within(1e-6));
            }
        }
    }

    /** Where norms are only told, penalties are added before and not within the update: to the same bits. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void penaltiesThatAreMeasuredGiveTheBitsOfThoseThatAreNot(long seed) {
        Random random = new Random(seed);
        Kernels kernels = seed % 2 == 0 ? Backend.fast().float32() : new ScalarKernels();
        GradientShaping shaping = new GradientShaping(
                random.nextBoolean() ? random.nextFloat() : 0,
                random.nextBoolean() ? random.nextFloat() : 0,
                random.nextBoolean() ? 0.1f + random.nextFloat() : Float.POSITIVE_INFINITY);
        Optimizer optimizer = random.nextBoolean() ? new Optimizer.Adam(0.1) : new Sgd(0.1, 0.9);
        UpdatePolicy silent = new UpdatePolicy(optimizer, new LearningRate.Constant(), 1, shaping);
        ParameterSpec matrix = new ParameterSpec(
                "weight",
                Shape.of(1 + random.nextInt(20), 1 + random.nextInt(20)),
                Initializer.PYTORCH,
                random.nextInt(9) + 1,
                1);
        Parameter a = new Parameter(arena, 0, 0, matrix, seed);
        Parameter b = new Parameter(arena, 0, 0, matrix, seed);
        OptimizerState one = new OptimizerState(arena, silent, List.of(a));
        OptimizerState other = new OptimizerState(arena, silent.with(GradientGuard.NONE.reporting()), List.of(b));

        for (int step = 0; step < 3; step++) {
            for (long i = 0; i < a.elements(); i++) {
                float gradient = (float) random.nextGaussian();
                a.gradient().setAtIndex(JAVA_FLOAT, i, gradient);
                b.gradient().setAtIndex(JAVA_FLOAT, i, gradient);
            }
            one.step(kernels);
            other.step(kernels);
        }

        assertThat(b.value().mismatch(a.value())).as("seed " + seed).isEqualTo(-1);
    }

    /** Why the sums of single parameters travel, and not those of stages. */
    @Test
    void aSumOfStagesSumsWouldDependOnTheCut() {
        List<List<Double>> one = List.of(List.of(1.0, 1e-16, 1e-16));
        List<List<Double>> two = List.of(List.of(1.0), List.of(1e-16, 1e-16));

        assertThat(ofSums(two)).isNotEqualTo(ofSums(one));
        assertThat(ofAll(two)).isEqualTo(ofAll(one));
        assertThat(GradientGuard.norms(two)).containsExactly(1.0, Math.sqrt(2e-16));
    }

    private static double ofSums(List<List<Double>> stages) {
        return GradientGuard.sum(stages.stream().map(GradientGuard::sum).toList());
    }

    private static double ofAll(List<List<Double>> stages) {
        return GradientGuard.sum(stages.stream().flatMap(List::stream).toList());
    }

    @Test
    void aStepByTheModelsNormNeedsIt() {
        OptimizerState state = state(GradientGuard.ofModel(1, false), List.of(List.of(parameter(0, 1))));
        assertThatIllegalStateException()
                .isThrownBy(() -> state.step(Backend.fast().float32()))
                .withMessage("optimizer step without the norm of the whole gradient (expected: admit first)");
        state.admit(1);
        state.step(Backend.fast().float32());
        assertThatIllegalStateException()
                .isThrownBy(() -> state.step(Backend.fast().float32()));
    }

    @Test
    void allStagesLeaveAStepOutWhenTheModelsNormIsNotFinite() {
        Parameter good = parameter(0, 1);
        Parameter bad = parameter(1, Float.NaN);
        OptimizerState state = state(GradientGuard.ofModel(5, true), List.of(List.of(good), List.of(bad)));
        state.admit(Double.NaN);

        state.step(Backend.fast().float32());

        assertThat(value(good)).isZero();
        assertThat(value(bad)).isZero();
        assertThat(state.skipped()).containsExactly(1L, 1L);
    }

    @Test
    void aRunThatNeverHasAFiniteGradientEnds() {
        OptimizerState state = state(
                new GradientGuard(Double.POSITIVE_INFINITY, true),
                List.of(List.of(parameter(0, Float.POSITIVE_INFINITY))));
        for (int step = 0; step < 99; step++) {
            state.step(Backend.fast().float32());
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> state.step(Backend.fast().float32()))
                .withMessageStartingWith("steps without a finite gradient in a row: 100 (expected: fewer)");
    }

    @Test
    void stepsLeftOutAreCountedOnAfterARestore() {
        GradientGuard skip = new GradientGuard(Double.POSITIVE_INFINITY, true);
        OptimizerState before = state(skip, List.of(List.of(parameter(0, Float.NaN))));
        for (int step = 0; step < 60; step++) {
            before.step(Backend.fast().float32());
        }
        OptimizerState after = state(skip, List.of(List.of(parameter(0, Float.NaN))));
        after.resumeSkipped(before.skipped().getFirst(), before.skippedInARow().getFirst());
        for (int step = 60; step < 99; step++) {
            after.step(Backend.fast().float32());
        }

        assertThat(after.skipped()).containsExactly(99L);
        assertThatIllegalStateException()
                .isThrownBy(() -> after.step(Backend.fast().float32()));
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
