package millrace.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import millrace.nn.data.Dataset;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of losses, and what they say about shapes that do not fit. */
class LossesTest {
    @Test
    void namesFindTheirLoss() {
        assertThat(LossTest.losses()).allMatch(loss -> Losses.named(loss.name()).equals(loss));
        assertThat(Losses.named("cross-entropy")).isEqualTo(Losses.crossEntropy());
        assertThat(Losses.named("mse")).isEqualTo(Losses.mse());
        assertThat(Losses.named("binary-cross-entropy")).isEqualTo(Losses.binaryCrossEntropy());
        assertThat(LossTest.losses().filter(Loss::takesLabels)).containsExactly(Losses.crossEntropy());
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.named("hinge"))
                .withMessage("loss: hinge (expected: one of cross-entropy, mse, half-mse, mae, huber, "
                        + "binary-cross-entropy)");
    }

    /** Values of which some may be no probabilities: named by row, column and value, or taken. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void binaryCrossEntropyTakesProbabilitiesAlone(long seed) {
        Random random = new Random(seed);
        int rows = 1 + random.nextInt(5);
        int columns = 1 + random.nextInt(3);
        Tensor targets = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(rows, columns));
        String expected = "";
        for (int i = 0; i < rows * columns; i++) {
            float value = random.nextInt(4) == 0 ? random.nextInt(2) : random.nextFloat();
            if (random.nextInt(6) == 0) {
                value = List.of(-0.25f, 1.5f, Float.NaN, 1e9f).get(random.nextInt(4));
                if (expected.isEmpty()) {
                    expected = "made: target row " + i / columns + ", column " + i % columns + ": " + (double) value
                            + " (expected: 0 to 1, the loss is binary-cross-entropy); use mse, ";
                }
            }
            targets.setFloat(i, value);
        }
        Tensor inputs = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(rows, 1));
        Dataset data = new Dataset("made", inputs, targets, List.of());

        if (expected.isEmpty()) {
            assertThatCode(() -> Losses.binaryCrossEntropy().checkTargets(data))
                    .as("seed " + seed)
                    .doesNotThrowAnyException();
        } else {
            assertThatIllegalArgumentException()
                    .as("seed " + seed)
                    .isThrownBy(() -> Losses.binaryCrossEntropy().checkTargets(data))
                    .withMessageStartingWith(expected);
        }
        assertThatCode(() -> Losses.mse().checkTargets(data)).doesNotThrowAnyException();
    }

    static Stream<Arguments> refusals() {
        Shape ten = Shape.of(10);
        Shape scalar = Shape.of();
        return Stream.of(
                Arguments.of(
                        "cross-entropy",
                        Shape.of(3),
                        scalar,
                        10,
                        "output: 3 (expected: one logit for each of the 10 classes);"
                                + " give the last dense layer 10 units"),
                Arguments.of(
                        "cross-entropy",
                        Shape.of(2, 5),
                        scalar,
                        10,
                        "output: 2x5 (expected: one logit for each of the 10 classes);"
                                + " give the last dense layer 10 units"),
                Arguments.of(
                        "cross-entropy",
                        Shape.of(1),
                        scalar,
                        1,
                        "output: 1 (expected: 2 or more logits, cross-entropy of a single one is always 0);"
                                + " look for the samples of other classes, the data has one class"),
                Arguments.of(
                        "mse",
                        ten,
                        Shape.of(3),
                        0,
                        "output: 10 (expected: 3 as in the targets); give the last dense layer 3 units"),
                Arguments.of(
                        "huber",
                        ten,
                        scalar,
                        10,
                        "loss: huber (expected: a data set with values, this one has labels); use cross-entropy"),
                Arguments.of(
                        "binary-cross-entropy",
                        ten,
                        scalar,
                        10,
                        "loss: binary-cross-entropy (expected: 2 classes, there are 10); use cross-entropy"),
                Arguments.of(
                        "binary-cross-entropy",
                        Shape.of(2),
                        scalar,
                        2,
                        "output: 2 (expected: 1 as in the targets); give the last dense layer 1 units"));
    }

    @ParameterizedTest(name = "{0}: output {1}, target {2}, {3} classes")
    @MethodSource("refusals")
    void checkNamesTheRemedy(String name, Shape output, Shape target, int classes, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.named(name).check(output, target, classes))
                .withMessage(message);
    }

    @Test
    void checkLetsFittingShapesThrough() {
        assertThatCode(() -> {
                    Losses.crossEntropy().check(Shape.of(10), Shape.of(), 10);
                    Losses.crossEntropy().check(Shape.of(12), Shape.of(), 10);
                    Losses.mse().check(Shape.of(3), Shape.of(3), 0);
                    Losses.binaryCrossEntropy().check(Shape.of(1), Shape.of(), 2);
                    Losses.binaryCrossEntropy().check(Shape.of(4), Shape.of(4), 0);
                })
                .doesNotThrowAnyException();
    }
}
