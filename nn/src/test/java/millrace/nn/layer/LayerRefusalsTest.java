package millrace.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.kernel.Window;
import millrace.nn.layer.Layer.RandomKey;
import millrace.nn.layer.Operator.Pass;
import millrace.nn.model.Model;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What layers for images and sequences do not take, and what they say then. */
class LayerRefusalsTest {
    static Stream<Arguments> shapes() {
        return Stream.of(
                Arguments.of(
                        Layers.conv2d(4, 3, 1, 0),
                        Shape.of(784),
                        "input shape: 784 (expected: channels x height x width); give the model such an input, as in"
                                + " [1, 28, 28]"),
                Arguments.of(
                        new Conv2d(4, new Window(3, 1, 0, 1), 2, true, Initializer.PYTORCH),
                        Shape.of(3, 8, 8),
                        "input shape: 3x8x8 (expected: a multiple of 2 channels, the groups); lower groups"),
                Arguments.of(
                        Layers.maxPool2d(4),
                        Shape.of(3, 3, 8),
                        "window of 4 on an image of 3 with padding 0 (expected: at most as large); lower size or"
                                + " dilation, or raise padding"),
                Arguments.of(
                        new Conv2d(
                                4,
                                new Window(new Window.Edge(2, 1, 0, 1), new Window.Edge(5, 1, 1, 1)),
                                1,
                                true,
                                Initializer.PYTORCH),
                        Shape.of(1, 8, 2),
                        "window of 5 on an image of 2 with padding 1 (expected: at most as large); lower size or"
                                + " dilation, or raise padding"),
                Arguments.of(
                        Layers.embedding(9, 4),
                        Shape.of(3, 5),
                        "input shape: 3x5 (expected: one dimension, a token for each position); use a text"),
                Arguments.of(
                        Layers.positionalEmbedding(4),
                        Shape.of(5, 3),
                        "input shape: 5x3 (expected: at most 4 positions x width); raise the layer's context or shorten"
                                + " the samples"),
                Arguments.of(
                        Layers.attention(4),
                        Shape.of(5, 6),
                        "input shape: 5x6 (expected: positions x a multiple of 4, the heads); change heads or the width"
                                + " of the embedding"),
                Arguments.of(
                        Layers.lstm(4),
                        Shape.of(6),
                        "input shape: 6 (expected: positions x values); put an embedding before it or give the model"
                                + " such an input"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("shapes")
    void shapesAreNamedWithTheRemedy(Layer layer, Shape input, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layer.outputShape(input))
                .withMessage(message);
    }

    @Test
    void sizesMustBeSizes() {
        assertThatIllegalArgumentException().isThrownBy(() -> Layers.embedding(0, 4));
        assertThatIllegalArgumentException().isThrownBy(() -> Layers.positionalEmbedding(0));
        assertThatIllegalArgumentException().isThrownBy(() -> Layers.attention(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.gru(0))
                .withMessage("gru hidden: 0 (expected: 1 or more)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Conv2d(3, new Window(1, 1, 0, 1), 2, true, Initializer.PYTORCH))
                .withMessage("conv2d channels: 3 in 2 groups (expected: 1 or more, channels a multiple of groups)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Pool2d(Pool2d.Kind.MAX, new Window(2, 2, 2, 1)))
                .withMessage("pool padding: 2 (expected: at most 1, half the size)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Pool2d(
                        Pool2d.Kind.MAX, new Window(new Window.Edge(4, 1, 2, 1), new Window.Edge(3, 1, 2, 1))))
                .withMessage("pool padding: 2 (expected: at most 1, half the size)");
        assertThatIllegalArgumentException().isThrownBy(() -> new LayerNorm(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new BatchNorm(1e-5f, 2, false));
    }

    @Test
    void anEmbeddingIsTheFirstLayer() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(4), Layers.relu(), Layers.embedding(9, 4)))
                .withMessage("layer 1 (embedding): takes tokens (expected: to be the first layer); put it at the"
                        + " beginning of the model");
        assertThat(Model.of(Shape.of(4), Layers.embedding(9, 4)).inputType()).isEqualTo(ElementType.I32);
    }

    @Test
    void tokensBeyondTheVocabularyAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Layer layer = Layers.embedding(3, 2);
            Operator operator = layer.operator(
                    Shape.of(2),
                    GradientCheck.parameters(arena, layer, Shape.of(2), 1),
                    Backend.fast().float32(),
                    new RandomKey(1, 0));
            Tensor tokens = Tensor.labels(arena, 2, 3).reshape(Shape.of(1, 2));
            Tensor output = Tensor.zeros(arena, ElementType.F32, Shape.of(1, 2, 2));

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> operator.forward(Pass.INFERENCE, tokens, output))
                    .withMessage("token: 3 (expected: 0 to 2, the embedding's vocabulary); give the embedding as many"
                            + " tokens as the data has");
        }
    }

    /** Of equal values, zeros of both signs among them, the first is the largest; what is not a number is above all. */
    @Test
    void theFirstOfTheLargestIsTaken() {
        List<Float> values = List.of(
                -0f,
                0f,
                2f,
                2f,
                Float.NEGATIVE_INFINITY,
                -1f,
                1f,
                Float.NaN,
                0f,
                -0f,
                2f,
                1f,
                -3f,
                -2f,
                -Float.NaN,
                7f);
        try (Arena arena = Arena.ofConfined()) {
            Tensor x = Tensor.zeros(arena, ElementType.F32, Shape.of(2, 8));
            for (int i = 0; i < 16; i++) {
                x.setFloat(i, values.get(i));
            }
            Tensor y = Tensor.zeros(arena, ElementType.F32, Shape.of(4));
            Tensor places = Tensor.zeros(arena, ElementType.I32, Shape.of(4));

            Backend.fast()
                    .float32()
                    .pooling(2, 8, new Window(2, 2, 0, 1))
                    .largest(x.memory(), y.memory(), places.memory(), 1);

            assertThat(y.toFloats()).containsExactly(-0f, 2f, -1f, Float.NaN);
            assertThat(List.of(places.getInt(0), places.getInt(1), places.getInt(2)))
                    .containsExactly(0, 2, 5);
        }
    }
}
