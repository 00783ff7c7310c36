package millrace.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.data.Dataset;
import millrace.nn.data.Targets;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Close;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import millrace.nn.loss.ElementLoss.Kind;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Samples that do not all count alike, with every loss. */
class SampleWeightsTest {
    private static final double TOLERANCE = 1e-6;
    private static final Kernels SCALAR = new ScalarKernels();
    private static final List<Double> OF_CLASSES = List.of(0.5, 2.0, 1.25);

    private final Arena arena = Arena.ofAuto();

    static Stream<Arguments> cases() {
        return BothKernels.all()
                .flatMap(kernels -> Stream.of(
                        Arguments.of(kernels, "cross-entropy", "labels", new CrossEntropy()),
                        Arguments.of(kernels, "class-weights", "labels", new CrossEntropy(0, OF_CLASSES)),
                        Arguments.of(kernels, "smooth", "labels", new CrossEntropy(0.1, List.of())),
                        Arguments.of(kernels, "mse", "values", Losses.mse()),
                        Arguments.of(kernels, "half-mse", "values", Losses.named("half-mse")),
                        Arguments.of(kernels, "mae", "values", Losses.named("mae")),
                        Arguments.of(kernels, "huber", "values", Losses.huber(0.7)),
                        Arguments.of(kernels, "binary-cross-entropy", "positive", Losses.binaryCrossEntropy()),
                        Arguments.of(kernels, "positive-weight", "positive", Losses.binaryCrossEntropy(3))));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void meanAndGradientArePyTorchs(Kernels kernels, String name, String targets, Loss loss) {
        Golden golden = Golden.read("sample-weights");
        Tensor x = golden.tensor(arena, "x");
        Tensor values = loss.takesLabels() ? golden.labels(arena, targets) : golden.tensor(arena, targets);
        Targets weighted = new Targets(values, golden.tensor(arena, "weights"));
        Tensor gradient = Tensor.of(arena, x.shape(), new float[18]);
        gradient.setFloat(6, Float.NaN);
        double weight = loss.weight(weighted);

        double sum = loss.sumAndGradient(kernels, x, weighted, weight, gradient);

        assertThat(sum / weight).isCloseTo(golden.doubles(name + ".value")[0], within(TOLERANCE));
        assertThat(loss.sum(kernels, x, weighted)).isEqualTo(sum);
        Close.relative(name, gradient.toFloats(), golden.floats(name + ".dx"), TOLERANCE);
    }

    private record Case(Loss loss, Tensor output, Tensor values) {
        double gradient(float[] weights, double weight, Tensor gradient) {
            Tensor tensor = Tensor.of(Arena.ofAuto(), Shape.of(weights.length), weights);
            return loss.sumAndGradient(SCALAR, output, new Targets(values, tensor), weight, gradient);
        }

        Case rows(int[] rows) {
            Dataset all = new Dataset("case", output, values, loss.takesLabels() ? List.of("a", "b", "c") : List.of());
            Dataset chosen = all.select(rows);
            return new Case(loss, chosen.inputs(), chosen.targets());
        }

        Tensor empty() {
            return Tensor.zeros(Arena.ofAuto(), ElementType.F32, output.shape());
        }
    }

    private Case random(Random random, int rows) {
        List<Loss> losses = new ArrayList<>(List.of(new CrossEntropy(), new CrossEntropy(0.1, OF_CLASSES)));
        Arrays.stream(Kind.values()).map(ElementLoss::new).forEach(losses::add);
        Loss loss = losses.get(random.nextInt(losses.size()));
        float[] outputs = new float[rows * 3];
        float[] values = new float[rows * 3];
        int[] labels = new int[rows];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = (float) random.nextGaussian();
            values[i] = random.nextFloat();
            labels[i / 3] = random.nextInt(3);
        }
        Tensor targets =
                loss.takesLabels() ? Tensor.labels(arena, labels) : Tensor.of(arena, Shape.of(rows, 3), values);
        return new Case(loss, Tensor.of(arena, Shape.of(rows, 3), outputs), targets);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aSampleOfWeightOneIsOneWithoutWeight(long seed) {
        Case made = random(new Random(seed), 7);
        float[] ones = new float[7];
        Arrays.fill(ones, 1);
        Tensor weighted = made.empty();
        Tensor plain = made.empty();
        double weight = made.loss.weight(Targets.of(made.values));

        double sum = made.gradient(ones, weight, weighted);

        assertThat(sum)
                .as("seed " + seed)
                .isCloseTo(
                        made.loss.sumAndGradient(SCALAR, made.output, Targets.of(made.values), weight, plain),
                        within(1e-12));
        assertThat(made.loss.weight(new Targets(made.values, Tensor.of(arena, Shape.of(7), ones))))
                .isEqualTo(weight);
        Close.relative("seed " + seed, weighted.toFloats(), plain.toFloats(), TOLERANCE);
    }

    /** Whole numbers say how often a sample is there; none of weight 0 leaves a trace, whatever the network says of it. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aSampleOfWeightTwoIsThereTwice(long seed) {
        Random random = new Random(seed);
        Case made = random(random, 8);
        float[] weights = new float[8];
        for (int i = 1; i < 8; i++) {
            weights[i] = random.nextInt(4);
        }
        weights[7] = 2;
        made.output.setFloat(0, Float.NaN);
        int[] repeated = IntStream.range(0, 8)
                .flatMap(row -> IntStream.generate(() -> row).limit((long) weights[row]))
                .toArray();
        Case copies = made.rows(repeated);
        Tensor gradient = made.empty();
        Tensor ofCopies = copies.empty();
        double weight = copies.loss.weight(copies.values);

        double sum = made.gradient(weights, weight, gradient);

        double expected =
                copies.loss.sumAndGradient(SCALAR, copies.output, copies.values, (float) (1 / weight), ofCopies);
        assertThat(sum).as("seed " + seed).isCloseTo(expected, within(1e-5));
        float[] sums = new float[24];
        for (int i = 0; i < repeated.length * 3; i++) {
            sums[repeated[i / 3] * 3 + i % 3] += ofCopies.getFloat(i);
        }
        Close.relative("seed " + seed, gradient.toFloats(), sums, 1e-5);
    }

    /** Cut into micro-batches anywhere, with numbers of any size. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void partsHaveTheGradientsOfTheWhole(long seed) {
        Random random = new Random(seed);
        Case made = random(random, 9);
        float[] weights = new float[9];
        for (int i = 0; i < 9; i++) {
            weights[i] = random.nextInt(4) == 0 ? 0 : (float) Math.exp(20 * random.nextGaussian());
        }
        weights[8] = Float.MAX_VALUE / 2;
        weights[7] = Float.MAX_VALUE;
        int cut = random.nextInt(10);
        Tensor tensor = Tensor.of(arena, Shape.of(9), weights);
        Targets all = new Targets(made.values, tensor);
        double weight = made.loss.weight(all);
        Tensor whole = made.empty();
        Tensor parts = made.empty();

        double sum = made.loss.sumAndGradient(SCALAR, made.output, all, weight, whole);
        double first = made.loss.sumAndGradient(
                SCALAR, made.output.slice(0, cut), all.slice(0, cut), weight, parts.slice(0, cut));
        double second = made.loss.sumAndGradient(
                SCALAR, made.output.slice(cut, 9), all.slice(cut, 9), weight, parts.slice(cut, 9));

        assertThat(weight).as("seed " + seed).isFinite().isPositive();
        assertThat(first + second).as("seed " + seed).isCloseTo(sum, within(1e-12 * sum));
        assertThat(parts.toFloats()).as("seed " + seed).isEqualTo(whole.toFloats());
        assertThat(whole.toFloats()).as("seed " + seed).doesNotContain(Float.NaN);
        assertThat(IntStream.range(21, 27).anyMatch(i -> whole.getFloat(i) != 0))
                .as("seed " + seed)
                .isTrue();
    }

    static Stream<Long> seeds() {
        return Stream.iterate(1L, seed -> seed + 1).limit(30);
    }

    @Test
    void balancedClassesAreThoseOfScikitLearn() {
        Golden golden = Golden.read("scores");
        Tensor labels = golden.labels(arena, "balanced.labels");
        Dataset data = new Dataset(
                "balanced", Tensor.zeros(arena, ElementType.F32, Shape.of(20, 1)), labels, List.of("a", "b", "c"));

        assertBalanced(data, golden.doubles("balanced.plain"));
        assertBalanced(data.withWeights(golden.floats("balanced.samples")), golden.doubles("balanced.weighted"));
    }

    private static void assertBalanced(Dataset data, double[] expected) {
        List<Double> found = CrossEntropy.balanced(data, 3);
        for (int c = 0; c < 3; c++) {
            assertThat(found.get(c)).isCloseTo(expected[c], within(1e-6));
        }
    }
}
