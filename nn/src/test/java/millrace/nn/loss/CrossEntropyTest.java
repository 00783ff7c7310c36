package millrace.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import millrace.nn.data.Dataset;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Close;
import millrace.nn.golden.Golden;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences, labels that do not count, smoothing and class weights. */
class CrossEntropyTest {
    private static final double TOLERANCE = 1e-6;
    private static final List<Double> WEIGHTS = List.of(0.5, 2.0, 1.25);

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void someLabelHasToWeighSomething() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CrossEntropy(0, List.of(0.0, 0.0)))
                .withMessage("class weights: [0.0, 0.0] (expected: one or more above 0, else nothing is learned)");

        Tensor inputs = Tensor.zeros(arena, ElementType.F32, Shape.of(2, 1));
        Tensor labels = Tensor.zeros(arena, ElementType.I32, Shape.of(2));
        Dataset zeros = new Dataset("zeros", inputs, labels, List.of("a", "b"));
        CrossEntropy second = new CrossEntropy(0, List.of(0.0, 2.0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> second.checkTargets(zeros))
                .withMessage("zeros: the weights of all labels come to 0 (expected: above 0), with class weights"
                        + " [0.0, 2.0]; raise that of a class that the set has");
        labels.setInt(1, 1);
        assertThatNoException().isThrownBy(() -> second.checkTargets(zeros));
        labels.setInt(0, Dataset.IGNORED);
        labels.setInt(1, Dataset.IGNORED);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CrossEntropy().checkTargets(zeros))
                .withMessageContaining("each label is left out");
    }

    static Stream<Arguments> cases() {
        return BothKernels.all()
                .flatMap(kernels -> Stream.of(
                        Arguments.of(kernels, "plain", "labels", new CrossEntropy()),
                        Arguments.of(kernels, "ignoring", "ignoring", new CrossEntropy()),
                        Arguments.of(kernels, "smooth", "labels", new CrossEntropy(0.1, List.of())),
                        Arguments.of(kernels, "weighted", "labels", new CrossEntropy(0, WEIGHTS)),
                        Arguments.of(kernels, "all", "ignoring", new CrossEntropy(0.2, WEIGHTS))));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void meanAndGradientArePyTorchs(Kernels kernels, String name, String targets, CrossEntropy loss) {
        Golden golden = Golden.read("position-losses");
        Tensor x = golden.tensor(arena, "x");
        Tensor target = golden.labels(arena, targets);
        Tensor gradient = Tensor.zeros(arena, ElementType.F32, x.shape());
        double weight = loss.weight(target);

        double sum = loss.sumAndGradient(kernels, x, target, (float) (1 / weight), gradient);

        assertThat(sum / weight).isCloseTo(golden.doubles(name + ".value")[0], within(TOLERANCE));
        assertThat(loss.sum(kernels, x, target)).isEqualTo(sum);
        Close.relative(name, gradient.toFloats(), golden.floats(name + ".dx"), TOLERANCE);
    }

    @ParameterizedTest
    @CsvSource({"0, false", "0.3, false", "0, true", "0.3, true"})
    void gradientIsThatOfFiniteDifferences(double smoothing, boolean weighted) {
        CrossEntropy loss = new CrossEntropy(smoothing, weighted ? WEIGHTS : List.of());
        Golden golden = Golden.read("position-losses");
        Tensor x = golden.tensor(arena, "x");
        Tensor target = golden.labels(arena, "ignoring");
        Tensor gradient = Tensor.zeros(arena, ElementType.F32, x.shape());
        Kernels scalar = new ScalarKernels();

        loss.sumAndGradient(scalar, x, target, 0.25f, gradient);

        float[] expected = GradientCheck.numeric(() -> 0.25 * loss.sum(scalar, x, target), x.memory());
        Close.relative("gradient", gradient.toFloats(), expected, GradientCheck.TOLERANCE);
    }

    @Test
    void sequencesNeedALogitAClassAtEveryPosition() {
        CrossEntropy loss = new CrossEntropy();

        assertThatNoException().isThrownBy(() -> loss.check(Shape.of(7, 5), Shape.of(7), 5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loss.check(Shape.of(5), Shape.of(7), 5))
                .withMessage("output: 5 (expected: one logit for each of the 5 classes at each of the 7 positions);"
                        + " give the last dense layer 5 units");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loss.check(Shape.of(6, 5), Shape.of(7), 5))
                .withMessageStartingWith("output: 6x5 (expected: one logit for each of the 5 classes at each of the 7");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loss.check(Shape.of(7, 4), Shape.of(7), 5))
                .withMessageStartingWith("output: 7x4");
    }

    @Test
    void thereMustBeAWeightForEachOutput() {
        CrossEntropy loss = new CrossEntropy(0, WEIGHTS);

        assertThatNoException().isThrownBy(() -> loss.check(Shape.of(3), Shape.of(), 3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loss.check(Shape.of(4), Shape.of(), 4))
                .withMessage("class weights: 3 (expected: 4, one for each output of the network)");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void smoothingIsAShare(double smoothing) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CrossEntropy(smoothing, List.of()))
                .withMessage("label smoothing: " + smoothing + " (expected: 0 to 1)");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, Double.POSITIVE_INFINITY, Double.NaN})
    void weightsAreFinite(double weight) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CrossEntropy(0, List.of(1.0, weight)))
                .withMessage("class weight: " + weight + " (expected: a finite number of 0 or more)");
    }

    /** compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2]) of scikit-learn; output 3 has no class. */
    @Test
    void balancedWeightsAreScikitLearns() {
        Dataset data = new Dataset(
                "d",
                Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(7, 1)),
                Tensor.labels(Arena.ofAuto(), 0, 0, 0, 1, 2, 2, Dataset.IGNORED),
                List.of("a", "b", "c"));

        assertThat(CrossEntropy.balanced(data, 4)).containsExactly(6 / 9.0, 2.0, 1.0, 0.0);
    }
}
