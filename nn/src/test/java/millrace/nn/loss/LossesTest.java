package millrace.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

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
