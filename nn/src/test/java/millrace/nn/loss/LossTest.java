package millrace.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Close;
import millrace.nn.golden.Golden;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import millrace.nn.layer.GradientCheck;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LossTest {
    private static final Kernels SCALAR = new ScalarKernels();
    private static final double TOLERANCE = 1e-6;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    static Stream<Loss> losses() {
        return Stream.of("mse", "half-mse", "mae", "huber", "binary-cross-entropy", "cross-entropy")
                .map(Losses::named);
    }

    static Stream<Arguments> goldenCases() {
        return BothKernels.all()
                .flatMap(kernels -> losses().flatMap(
                                loss -> Stream.of("", ".large").map(size -> Arguments.of(kernels, loss, size))))
                .filter(a -> Golden.read("losses").has(((Loss) a.get()[1]).name() + a.get()[2] + ".dx"));
    }

    @ParameterizedTest(name = "{0}, {1}{2}")
    @MethodSource("goldenCases")
    void valueAndGradientArePyTorchs(Kernels kernels, Loss loss, String size) {
        Golden golden = Golden.read("losses");
        Tensor x = golden.tensor(arena, size.isEmpty() ? "x" : "large");
        int rows = x.rows();
        String targets = loss.name().equals("binary-cross-entropy") ? "probabilities" : "t";
        Tensor target =
                (loss.takesLabels() ? golden.labels(arena, "labels") : golden.tensor(arena, targets)).slice(0, rows);
        Tensor gradient = Tensor.zeros(arena, ElementType.F32, x.shape());

        double sum = loss.sumAndGradient(kernels, x, target, 1f / rows, gradient);

        double expected = golden.doubles(loss.name() + size + ".value")[0];
        assertThat(sum / rows).isCloseTo(expected, within(TOLERANCE * expected));
        assertThat(loss.sum(kernels, x, target)).isEqualTo(sum);
        Close.relative(loss.name(), gradient.toFloats(), golden.floats(loss.name() + size + ".dx"), TOLERANCE);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void settingsOfALossArePyTorchs(boolean scalar) {
        Kernels kernels = scalar ? SCALAR : Backend.fast().float32();
        Map<String, Loss> cases = Map.of(
                "huber.delta", Losses.huber(2.5),
                "binary-cross-entropy.weighted", Losses.binaryCrossEntropy(3.5),
                "binary-cross-entropy.weighted-large", Losses.binaryCrossEntropy(0.25));
        cases.forEach((name, loss) -> {
            Golden golden = Golden.read("losses");
            Tensor x = golden.tensor(arena, name.endsWith("large") ? "large" : "x");
            Tensor target = golden.tensor(arena, name.startsWith("huber") ? "t" : "probabilities")
                    .slice(0, x.rows());
            Tensor gradient = Tensor.zeros(arena, ElementType.F32, x.shape());

            double sum = loss.sumAndGradient(kernels, x, target, 1f / x.rows(), gradient);

            double expected = golden.doubles(name + ".value")[0];
            assertThat(sum / x.rows()).as(name).isCloseTo(expected, within(TOLERANCE * expected));
            Close.relative(name, gradient.toFloats(), golden.floats(name + ".dx"), TOLERANCE);
        });
    }

    @Test
    void settingsOfAnotherLossAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ElementLoss(ElementLoss.Kind.MSE, 2, 1))
                .withMessage("huber-delta: 2.0 with the loss mse (expected: 1, it is a setting of huber)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.binaryCrossEntropy(0))
                .withMessage("positive-weight: 0.0 (expected: above 0 and finite)");
    }

    /** Without this the filter above could leave nothing. */
    @Test
    void everyLossHasGoldenValues() {
        assertThat(goldenCases()).hasSize(16);
        assertThat(losses()).allMatch(loss -> Golden.read("losses").has(loss.name() + ".dx"));
    }

    static Stream<Arguments> seeds() {
        return Stream.concat(losses(), Stream.of(Losses.huber(0.95), Losses.binaryCrossEntropy(2.5)))
                .flatMap(loss -> IntStream.range(0, 5).mapToObj(seed -> Arguments.of(loss, seed)));
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("seeds")
    void gradientIsThatOfFiniteDifferences(Loss loss, int seed) {
        Random random = new Random(seed);
        Shape shape = Shape.of(3, 4);
        Tensor output = RandomInput.tensor(arena, random, shape);
        Tensor target = target(loss, random, output);
        Tensor gradient = Tensor.zeros(arena, ElementType.F32, shape);
        float scale = 0.25f;

        loss.sumAndGradient(SCALAR, output, target, scale, gradient);

        float[] expected = GradientCheck.numeric(() -> scale * loss.sum(SCALAR, output, target), output.memory());
        Close.relative(loss.name(), gradient.toFloats(), expected, GradientCheck.TOLERANCE);
    }

    /** Labels, probabilities, or values whose distances to the output avoid the kinks at 0 and 1. */
    private Tensor target(Loss loss, Random random, Tensor output) {
        if (loss.takesLabels()) {
            return Tensor.labels(
                    arena, random.ints(output.rows(), 0, output.columns()).toArray());
        }
        Tensor target = Tensor.zeros(arena, ElementType.F32, output.shape());
        for (int i = 0; i < output.shape().size(); i++) {
            float distance = 0.1f + 0.8f * random.nextFloat() + random.nextInt(2);
            target.setFloat(
                    i,
                    loss.name().startsWith("binary")
                            ? random.nextFloat()
                            : output.getFloat(i) + (random.nextBoolean() ? distance : -distance));
        }
        return target;
    }

    @ParameterizedTest
    @MethodSource("losses")
    void microBatchesGiveTheSameSumAndGradientAsTheBatch(Loss loss) {
        Random random = new Random(1);
        Tensor output = RandomInput.tensor(arena, random, Shape.of(5, 3));
        Tensor target = target(loss, random, output);
        Tensor whole = Tensor.zeros(arena, ElementType.F32, output.shape());
        Tensor parts = Tensor.zeros(arena, ElementType.F32, output.shape());
        Kernels kernels = Backend.fast().float32();

        double sum = loss.sumAndGradient(kernels, output, target, 0.2f, whole);
        double first = loss.sumAndGradient(kernels, output.slice(0, 2), target.slice(0, 2), 0.2f, parts.slice(0, 2));
        double second = loss.sumAndGradient(kernels, output.slice(2, 5), target.slice(2, 5), 0.2f, parts.slice(2, 5));

        assertThat(first + second).isCloseTo(sum, within(1e-12));
        assertThat(parts.toFloats()).containsExactly(whole.toFloats());
        assertThat(sum).isPositive();
    }

    @ParameterizedTest
    @MethodSource("losses")
    void noSamplesHaveNoLoss(Loss loss) {
        Tensor none = Tensor.zeros(arena, ElementType.F32, Shape.of(0, 3));
        Tensor target = loss.takesLabels() ? Tensor.labels(arena) : none;

        assertThat(loss.sumAndGradient(SCALAR, none, target, 1, none)).isZero();
    }

    @Test
    void binaryCrossEntropyTakesLabelsOfTwoClassesAsValues() {
        Loss loss = Losses.binaryCrossEntropy();
        Tensor output = Tensor.of(arena, Shape.of(3, 1), 2, -1, 0.5f);
        Tensor byLabels = Tensor.zeros(arena, ElementType.F32, Shape.of(3, 1));
        Tensor byValues = Tensor.zeros(arena, ElementType.F32, Shape.of(3, 1));

        double expected = loss.sumAndGradient(SCALAR, output, Tensor.of(arena, Shape.of(3, 1), 1, 0, 1), 1, byValues);

        assertThat(loss.sumAndGradient(SCALAR, output, Tensor.labels(arena, 1, 0, 1), 1, byLabels))
                .isEqualTo(expected);
        assertThat(byLabels.toFloats()).containsExactly(byValues.toFloats());
        assertThat(byLabels.toFloats()[0]).isNegative();
    }
}
