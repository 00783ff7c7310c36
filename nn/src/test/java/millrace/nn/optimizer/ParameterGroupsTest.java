package millrace.nn.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.RmsProp;
import millrace.nn.optimizer.Optimizer.Sgd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Learning rates and weight decays of some parameters, against the parameter groups of PyTorch; frozen parameters. */
class ParameterGroupsTest {
    private static final Golden GOLDEN = Golden.read("parameter-groups");
    private static final List<String> NAMES = List.of("0.weight", "0.bias", "2.qkv.weight", "2.qkv.bias", "12.weight");

    static Stream<Optimizer> optimizers() {
        return Stream.of(
                new Sgd(0.1, 0.9, true, 0.2),
                new Adam(0.05, 0.9, 0.999, 1e-8, 0.2, false),
                new Adam(0.05, 0.9, 0.999, 1e-8, 0.2, true),
                new NAdam(0.05, 0.9, 0.999, 1e-8, 0.2, 4e-3, false),
                new RmsProp(0.01, 0.99, 1e-8, 0.2, 0),
                new Adagrad(0.1, 0, 1e-10, 0.2));
    }

    static Stream<Arguments> cases() {
        return BothKernels.all()
                .flatMap(kernels -> optimizers()
                        .flatMap(optimizer ->
                                Stream.of(true, false).map(clipped -> Arguments.of(kernels, optimizer, clipped))));
    }

    private static ParameterGroups groups(ParameterGroup... groups) {
        return new ParameterGroups(List.of(groups), true);
    }

    /** Steps under a schedule with the gradients of the golden file. */
    private static Stepper stepped(Kernels kernels, UpdatePolicy policy) {
        Stepper stepper = new Stepper(policy, GOLDEN, "initial.0", "initial.1", "initial.2", "initial.3");
        for (int step = 0; step < 10; step++) {
            List<String> gradients =
                    IntStream.range(0, 4).mapToObj(i -> "gradients." + i).toList();
            stepper.step(kernels, gradients, step);
        }
        return stepper;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void stepsArePyTorchs(Kernels kernels, Optimizer optimizer, boolean clipped) {
        UpdatePolicy policy = new UpdatePolicy(optimizer, new LearningRate.Exponential(0.9), 1, GradientShaping.NONE)
                .with(clipped ? new GradientGuard(1.5, false) : GradientGuard.NONE)
                .with(groups(
                        ParameterGroup.of("p1").withRateFactor(0.5).withWeightDecay(0),
                        ParameterGroup.of("*2").withRateFactor(0.1).withWeightDecay(0.7),
                        ParameterGroup.of("0.p3").withFrozen(true)));
        try (Stepper stepper = stepped(kernels, policy)) {
            for (int i = 0; i < 4; i++) {
                float[] expected = GOLDEN.floats(optimizer.name() + (clipped ? ".clipped." : ".") + i);
                for (int j = 0; j < expected.length; j++) {
                    assertThat(stepper.value(i)[j]).as("%d: %d", i, j).isCloseTo(expected[j], within(5e-6f));
                }
            }
            assertThat(stepper.value(3)).isEqualTo(GOLDEN.floats("initial.3"));
        }
    }

    /** A group of all parameters is another optimizer, to the bit. */
    @ParameterizedTest
    @MethodSource("optimizers")
    void aGroupOfAllIsAnotherOptimizer(Optimizer optimizer) {
        Kernels kernels = Backend.fast().float32();
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            double decay = random.nextInt(3) * 0.1;
            // a power of two, so that it makes no difference when it is multiplied by
            double factor = Math.pow(2, random.nextInt(5) - 2);
            Optimizer other = switch (optimizer.withDecay(decay)) {
                case Sgd s -> new Sgd(factor * s.rate(), s.momentum(), s.nesterov(), s.weightDecay(), s.dampening());
                case Adam a ->
                    new Adam(factor * a.rate(), a.beta1(), a.beta2(), a.epsilon(), a.weightDecay(), a.decoupled());
                case NAdam n ->
                    new NAdam(
                            factor * n.rate(),
                            n.beta1(),
                            n.beta2(),
                            n.epsilon(),
                            n.weightDecay(),
                            n.momentumDecay(),
                            n.decoupled());
                case RmsProp r -> new RmsProp(factor * r.rate(), r.alpha(), r.epsilon(), r.weightDecay(), r.momentum());
                case Adagrad a -> new Adagrad(factor * a.rate(), a.rateDecay(), a.epsilon(), a.weightDecay());
            };
            LearningRate schedule = new LearningRate.Cosine(20, 0.1);
            UpdatePolicy grouped = new UpdatePolicy(optimizer, schedule, 1, GradientShaping.NONE)
                    .with(groups(ParameterGroup.of("*").withRateFactor(factor).withWeightDecay(decay)));
            try (Stepper one = stepped(kernels, grouped);
                    Stepper two = stepped(kernels, new UpdatePolicy(other, schedule, 1, GradientShaping.NONE))) {
                for (int i = 0; i < 4; i++) {
                    assertThat(one.value(i)).as("seed %d", seed).isEqualTo(two.value(i));
                }
            }
        }
    }

    /** What is frozen has no part in the norm, even where its gradient is not finite, and takes no penalty. */
    @Test
    void frozenParametersHaveNoNormAndNoPenalty() {
        UpdatePolicy policy = new UpdatePolicy(
                        new Sgd(0.1), new LearningRate.Constant(), 1, new GradientShaping(0.1f, 0.1f, 1))
                .with(new GradientGuard(1, true))
                .with(groups(ParameterGroup.of("p[0-2]").withFrozen(true)));
        try (Stepper stepper = stepped(Backend.fast().float32(), policy)) {
            List<Double> squares = stepper.state().squares().getFirst();

            assertThat(squares.subList(0, 3)).containsOnly(0.0);
            assertThat(squares.get(3)).isPositive();
            for (int i = 0; i < 3; i++) {
                assertThat(stepper.value(i)).isEqualTo(GOLDEN.floats("initial." + i));
            }
            assertThat(stepper.value(3)).isNotEqualTo(GOLDEN.floats("initial.3"));
        }
    }

    /** Along the momentum, as far as the group's rate goes; what is frozen stays. */
    @Test
    void predictionsGoByTheGroup() {
        UpdatePolicy policy = UpdatePolicy.of(new Sgd(0.1, 0.9))
                .with(groups(
                        ParameterGroup.of("p1").withRateFactor(0.5),
                        ParameterGroup.of("p3").withFrozen(true)));
        try (Stepper stepper = stepped(Backend.fast().float32(), policy)) {
            List<MemorySegment> predicted = stepper.predicted(3);

            for (int i = 0; i < 4; i++) {
                double rate = i == 3 ? 0 : i == 1 ? 0.5 * 0.3 : 0.3;
                for (int j = 0; j < stepper.value(i).length; j++) {
                    double momentum = stepper.state().buffer(i, 0).getAtIndex(JAVA_FLOAT, j);
                    assertThat(predicted.get(i).getAtIndex(JAVA_FLOAT, j))
                            .isCloseTo((float) (stepper.value(i)[j] - rate * momentum), within(1e-6f));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "0.weight 0.weight",
                "0.* 0.weight,0.bias",
                "bias 0.bias,2.qkv.bias",
                "qkv.* 2.qkv.weight,2.qkv.bias",
                "qkv.bias 2.qkv.bias",
                "weight 0.weight,2.qkv.weight,12.weight",
                "[0-2].* 0.weight,0.bias,2.qkv.weight,2.qkv.bias",
                "{0,12}.weight 0.weight,12.weight",
                "?.*weight 0.weight,2.qkv.weight",
                "* 0.weight,0.bias,2.qkv.weight,2.qkv.bias,12.weight"
            })
    void patternsMatchNamesOfCheckpointsAndTheirLastParts(String pattern, String expected) {
        assertThat(NAMES.stream().filter(ParameterGroup.of(pattern)::matches)).containsExactly(expected.split(",", -1));
    }

    @Test
    void groupsAreCheckedAgainstTheNames() {
        assertThatCode(() -> groups(
                                ParameterGroup.of("*").withFrozen(true),
                                ParameterGroup.of("12.*").withFrozen(false))
                        .check(NAMES))
                .doesNotThrowAnyException();
        assertRefused(
                "parameter group: match 1.weight (expected: one of 0.weight, 0.bias, 2.qkv.weight, 2.qkv.bias, 12.weight,"
                        + " or a pattern such as 0.* or bias)",
                ParameterGroup.of("1.weight").withFrozen(true));
        assertRefused(
                "parameter group: match 0.* (expected: with an lr factor, a weight decay or frozen); say what is different"
                        + " for it",
                ParameterGroup.of("0.*"));
        assertRefused(
                "parameter groups: all parameters are frozen (expected: at least one that is trained)",
                ParameterGroup.of("weight").withFrozen(true),
                ParameterGroup.of("bias").withFrozen(true));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ParameterGroup.of("[0-2.*"))
                .withMessage("parameter group: match [0-2.* (expected: a pattern such as bias or [0-3].*); close its"
                        + " brackets");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ParameterGroup.of("bias").withRateFactor(0))
                .withMessage("lr factor of parameter group bias: 0.0 (expected: above 0 and finite)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ParameterGroup.of("bias").withWeightDecay(-1))
                .withMessage("weight decay of parameter group bias: -1.0 (expected: 0 or more and finite)");
    }

    private static void assertRefused(String message, ParameterGroup... groups) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> groups(groups).check(NAMES))
                .withMessage(message);
    }

    @Test
    void copiesOfOneWeightAreTreatedAlike() {
        assertThatCode(() ->
                        groups(ParameterGroup.of("weight").withWeightDecay(0)).checkTied("0.weight", "12.weight"))
                .doesNotThrowAnyException();
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        groups(ParameterGroup.of("0.*").withRateFactor(0.1)).checkTied("0.weight", "12.weight"))
                .withMessage(
                        "parameter groups: other numbers for 12.weight than for 0.weight (expected: the same, they are"
                                + " one weight); let a group match both, as in {0.weight,12.weight}");
    }
}
