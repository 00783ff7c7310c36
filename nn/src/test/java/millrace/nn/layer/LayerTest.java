package millrace.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.Window;
import millrace.nn.layer.Layer.RandomKey;
import millrace.nn.layer.Operator.Needs;
import millrace.nn.layer.Operator.Pass;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What all layers have in common: shapes, names, gradients, work in place. */
class LayerTest {
    /** Each layer with a sample shape that it takes. */
    static Stream<Arguments> layers() {
        return Stream.of(
                Arguments.of(Layers.dense(4), Shape.of(5)),
                Arguments.of(Layers.dense(1), Shape.of(1)),
                Arguments.of(Layers.dense(4), Shape.of(3, 5)),
                Arguments.of(new Dense(3, false, Initializer.XAVIER_NORMAL), Shape.of(6)),
                Arguments.of(Layers.relu(), Shape.of(2, 5)),
                Arguments.of(Layers.leakyRelu(0.1f), Shape.of(11)),
                Arguments.of(Layers.sigmoid(), Shape.of(9)),
                Arguments.of(Layers.tanh(), Shape.of(9)),
                Arguments.of(Layers.gelu(), Shape.of(3, 3)),
                Arguments.of(Layers.silu(), Shape.of(3, 7)),
                Arguments.of(Layers.elu(0.7f), Shape.of(19)),
                Arguments.of(Layers.softmax(), Shape.of(7)),
                Arguments.of(Layers.softmax(), Shape.of(3, 4)),
                Arguments.of(Layers.flatten(), Shape.of(2, 3, 2)),
                Arguments.of(Layers.dropout(0.4f), Shape.of(12)),
                Arguments.of(Layers.layerNorm(), Shape.of(10)),
                Arguments.of(Layers.layerNorm(), Shape.of(3, 17)),
                Arguments.of(new PositionalEmbedding(4, Initializer.GPT2), Shape.of(3, 5)),
                Arguments.of(Layers.attention(2), Shape.of(5, 6)),
                Arguments.of(Layers.attention(1), Shape.of(1, 3)),
                Arguments.of(new SelfAttention(2, false, Initializer.PYTORCH), Shape.of(5, 6)),
                Arguments.of(new SelfAttention(1, false, Initializer.PYTORCH), Shape.of(1, 3)),
                Arguments.of(Layers.rnn(4), Shape.of(5, 3)),
                Arguments.of(Layers.lstm(5), Shape.of(4, 3)),
                Arguments.of(Layers.gru(4), Shape.of(5, 2)),
                Arguments.of(new Recurrent(Recurrent.Cell.GRU, 4, false), Shape.of(3, 2)),
                Arguments.of(new Recurrent(Recurrent.Cell.RNN, 3, true, true), Shape.of(4, 2)),
                Arguments.of(new Recurrent(Recurrent.Cell.LSTM, 2, false, true), Shape.of(3, 3)),
                Arguments.of(new Recurrent(Recurrent.Cell.GRU, 3, true, true), Shape.of(4, 2)),
                Arguments.of(Layers.conv2d(3, 3, 1, 0), Shape.of(2, 5, 4)),
                Arguments.of(
                        new Conv2d(4, new Window(2, 2, 1, 2), 2, false, Initializer.KAIMING_NORMAL), Shape.of(2, 6, 5)),
                Arguments.of(
                        new Conv2d(4, new Window(edge(2, 1, 1), edge(3, 2, 0)), 2, true, Initializer.PYTORCH),
                        Shape.of(2, 4, 6)),
                Arguments.of(
                        new Conv2d(2, new Window(edge(3, 2, 0), edge(1, 1, 1)), 1, false, Initializer.PYTORCH),
                        Shape.of(2, 6, 3)),
                Arguments.of(new Pool2d(Pool2d.Kind.MAX, new Window(edge(1, 1, 0), edge(3, 2, 1))), Shape.of(1, 2, 5)),
                Arguments.of(new Pool2d(Pool2d.Kind.AVG, new Window(edge(3, 2, 1), edge(2, 1, 0))), Shape.of(2, 6, 5)),
                Arguments.of(
                        new Pool2d(Pool2d.Kind.AVG, new Window(edge(2, 2, 1), edge(3, 1, 1)), false),
                        Shape.of(2, 5, 4)),
                Arguments.of(Layers.maxPool2d(2), Shape.of(2, 5, 4)),
                Arguments.of(new Pool2d(Pool2d.Kind.MAX, new Window(3, 2, 1, 1)), Shape.of(1, 5, 6)),
                Arguments.of(new Pool2d(Pool2d.Kind.AVG, new Window(3, 2, 1, 1)), Shape.of(2, 6, 5)),
                Arguments.of(new Pool2d(Pool2d.Kind.AVG, new Window(3, 2, 1, 1), false), Shape.of(2, 6, 5)),
                Arguments.of(Layers.globalAvgPool(), Shape.of(3, 2, 4)),
                Arguments.of(Layers.batchNorm(), Shape.of(3, 3, 2)));
    }

    private static Window.Edge edge(int size, int stride, int padding) {
        return new Window.Edge(size, stride, padding, 1);
    }

    static Stream<Arguments> seeds() {
        return layers().flatMap(layer -> IntStream.range(0, 5)
                .mapToObj(seed -> Arguments.of(layer.get()[0], layer.get()[1], 1 + seed % 4, seed)));
    }

    @ParameterizedTest(name = "{0} on {2} x {1}, seed {3}")
    @MethodSource("seeds")
    void gradientsAreThoseOfFiniteDifferences(Layer layer, Shape sample, int rows, long seed) {
        GradientCheck.check(layer, sample, rows, seed);
    }

    /** 256 columns: the rows of the weights are padded in memory. */
    @Test
    void gradientsOfPaddedWeightsAreThoseOfFiniteDifferences() {
        GradientCheck.check(new Dense(2, true, Initializer.KAIMING_UNIFORM), Shape.of(256), 2, 1);
    }

    @ParameterizedTest
    @MethodSource("layers")
    void operatorsThatSayTheyMayWorkInPlace(Layer layer, Shape sample) {
        try (Arena arena = Arena.ofConfined()) {
            Operator operator = layer.operator(
                    sample,
                    GradientCheck.parameters(arena, layer, sample, 1),
                    Backend.fast().float32(),
                    new RandomKey(1, 0));
            Random random = new Random(1);
            Tensor input = RandomInput.tensor(arena, random, sample.batched(3));
            Shape out = layer.outputShape(sample).batched(3);
            Tensor output = Tensor.zeros(arena, ElementType.F32, out);
            Pass pass = GradientCheck.pass(arena, operator, 5, 3);
            operator.forward(pass, input, output);
            Tensor outputGradient = RandomInput.tensor(arena, random, out);
            Tensor inputGradient = Tensor.zeros(arena, ElementType.F32, input.shape());
            operator.backwardInput(
                    pass, GradientCheck.saved(operator, input, output, outputGradient), outputGradient, inputGradient);

            boolean weights = !layer.parameters(sample).isEmpty();
            boolean sameSize = input.shape().size() == out.size();
            assertThat(operator.inPlace()).isEqualTo(!weights && sameSize && operator.needs() != Needs.INPUT);
            if (operator.inPlace()) {
                operator.forward(pass, input, input.reshape(out));
                assertThat(input.toFloats()).as("forward").containsExactly(output.toFloats());
                Tensor saved = GradientCheck.saved(operator, input, output, outputGradient);
                operator.backwardInput(pass, saved, outputGradient, outputGradient.reshape(inputGradient.shape()));
                assertThat(outputGradient.toFloats()).as("backward").containsExactly(inputGradient.toFloats());
            }
        }
    }

    @Test
    void typesAreTheNamesOfRunFiles() {
        assertThat(Stream.of(
                                Layers.dense(1),
                                Layers.relu(),
                                Layers.leakyRelu(1),
                                Layers.sigmoid(),
                                Layers.tanh(),
                                Layers.gelu(),
                                Layers.silu(),
                                Layers.elu(1),
                                Layers.softmax(),
                                Layers.flatten(),
                                Layers.dropout(0),
                                Layers.layerNorm(),
                                Layers.embedding(1, 1),
                                Layers.positionalEmbedding(1),
                                Layers.attention(1),
                                Layers.rnn(1),
                                Layers.lstm(1),
                                Layers.gru(1),
                                Layers.conv2d(1, 1, 1, 0),
                                Layers.maxPool2d(1),
                                Layers.avgPool2d(1),
                                Layers.globalAvgPool(),
                                Layers.batchNorm())
                        .map(Layer::type))
                .containsExactly(
                        "dense",
                        "relu",
                        "leaky-relu",
                        "sigmoid",
                        "tanh",
                        "gelu",
                        "silu",
                        "elu",
                        "softmax",
                        "flatten",
                        "dropout",
                        "layer-norm",
                        "embedding",
                        "positional-embedding",
                        "attention",
                        "rnn",
                        "lstm",
                        "gru",
                        "conv2d",
                        "max-pool2d",
                        "avg-pool2d",
                        "global-avg-pool",
                        "batch-norm");
    }

    @Test
    void shapesThatComeOut() {
        assertThat(Layers.dense(4).outputShape(Shape.of(5))).isEqualTo(Shape.of(4));
        assertThat(Layers.dense(4).outputShape(Shape.of(3, 5))).isEqualTo(Shape.of(3, 4));
        assertThat(Layers.flatten().outputShape(Shape.of(2, 3, 2))).isEqualTo(Shape.of(12));
        assertThat(Layers.embedding(9, 4).outputShape(Shape.of(7))).isEqualTo(Shape.of(7, 4));
        assertThat(Layers.lstm(4).outputShape(Shape.of(7, 3))).isEqualTo(Shape.of(7, 4));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void otherShapesStayAsTheyAre(Layer layer, Shape sample) {
        boolean changes = layer instanceof Dense
                || layer instanceof Flatten
                || layer instanceof Recurrent
                || layer instanceof Conv2d
                || layer instanceof Pool2d
                || layer instanceof GlobalAvgPool;

        assertThat(changes || layer.outputShape(sample).equals(sample)).isTrue();
    }

    @Test
    void denseHasPyTorchsParameters() {
        assertThat(new Dense(3, true, Initializer.KAIMING_NORMAL).parameters(Shape.of(7)))
                .containsExactly(
                        new ParameterSpec("weight", Shape.of(3, 7), Initializer.KAIMING_NORMAL, 7, 3),
                        new ParameterSpec("bias", Shape.of(3), Initializer.PYTORCH, 7, 3));
        assertThat(new Dense(3, false, Initializer.ZEROS).parameters(Shape.of(7)))
                .extracting(ParameterSpec::name)
                .containsExactly("weight");
        assertThat(Layers.dense(4)).isEqualTo(new Dense(4, true, Initializer.PYTORCH));
    }

    @Test
    void weightsArePenalisedAndBiasesAreNot() {
        List<ParameterSpec> specs = Layers.dense(1).parameters(Shape.of(1));

        assertThat(specs).extracting(ParameterSpec::penalised).containsExactly(true, false);
    }

    @Test
    void denseRefusesInputOfSeveralDimensions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.dense(10).outputShape(Shape.of(3, 28, 28)))
                .withMessage("input shape: 3x28x28 (expected: one dimension, or two for a sequence);"
                        + " put a flatten layer before it");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -5})
    void denseRefusesToHaveNoUnits(int units) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.dense(units))
                .withMessage("dense units: " + units + " (expected: 1 or more)");
    }

    @Test
    void softmaxRefusesAScalar() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.softmax().outputShape(Shape.of()))
                .withMessage("input shape: scalar (expected: one dimension or more)");
    }

    @ParameterizedTest
    @ValueSource(floats = {-0.1f, 1, 1.5f, Float.NaN})
    void dropoutRefusesWhatIsNoProbabilityBelowOne(float p) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Layers.dropout(p))
                .withMessage("dropout p: " + p + " (expected: at least 0 and below 1)");
    }
}
