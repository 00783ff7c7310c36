package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.nn.kernel.Window;
import millrace.nn.layer.BatchNorm;
import millrace.nn.layer.Block;
import millrace.nn.layer.Conv2d;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Embedding;
import millrace.nn.layer.LayerNorm;
import millrace.nn.layer.Layers;
import millrace.nn.layer.Pool2d;
import millrace.nn.layer.PositionalEmbedding;
import millrace.nn.layer.Recurrent;
import millrace.nn.layer.Residual;
import millrace.nn.layer.SelfAttention;
import millrace.nn.layer.TransformerBlock;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.loss.Losses;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LayerReaderTest {
    private static final int CLASSES = 7;

    private static List<Block> read(String layers) {
        Config config = ConfigFactory.parseString("layers = [" + layers + "]");
        return new LayerReader(CLASSES).read(config.getList("layers"));
    }

    static Stream<Arguments> layers() {
        Initializer pytorch = Initializer.PYTORCH;
        return Stream.of(
                Arguments.of("{ type = dense, units = classes }", new Dense(7, true, pytorch)),
                Arguments.of(
                        "{ type = conv2d, channels = 8, size = 3 }",
                        new Conv2d(8, new Window(3, 1, 0, 1), 1, true, pytorch)),
                Arguments.of(
                        "{ type = conv2d, channels = 8, size = 3, stride = 2, padding = 1, dilation = 2, groups = 4,"
                                + " bias = false, init = kaiming-normal }",
                        new Conv2d(8, new Window(3, 2, 1, 2), 4, false, Initializer.KAIMING_NORMAL)),
                Arguments.of(
                        "{ type = conv2d, channels = 8, size = [3, 5], stride = [1, 2], padding = [1, 0] }",
                        new Conv2d(
                                8,
                                new Window(new Window.Edge(3, 1, 1, 1), new Window.Edge(5, 2, 0, 1)),
                                1,
                                true,
                                pytorch)),
                Arguments.of(
                        "{ type = conv2d, channels = 8, size = [3, 3], dilation = [1, 2] }",
                        new Conv2d(
                                8,
                                new Window(new Window.Edge(3, 1, 0, 1), new Window.Edge(3, 1, 0, 2)),
                                1,
                                true,
                                pytorch)),
                Arguments.of(
                        "{ type = max-pool2d, size = [2, 3], padding = [0, 1] }",
                        new Pool2d(
                                Pool2d.Kind.MAX, new Window(new Window.Edge(2, 2, 0, 1), new Window.Edge(3, 3, 1, 1)))),
                Arguments.of(
                        "{ type = avg-pool2d, size = 3, stride = [0, 1] }",
                        new Pool2d(
                                Pool2d.Kind.AVG, new Window(new Window.Edge(3, 3, 0, 1), new Window.Edge(3, 1, 0, 1)))),
                Arguments.of("{ type = max-pool2d, size = 3 }", new Pool2d(Pool2d.Kind.MAX, new Window(3, 3, 0, 1))),
                Arguments.of(
                        "{ type = avg-pool2d, size = 3, stride = 2, padding = 1 }",
                        new Pool2d(Pool2d.Kind.AVG, new Window(3, 2, 1, 1))),
                Arguments.of("global-avg-pool", Layers.globalAvgPool()),
                Arguments.of("batch-norm", new BatchNorm()),
                Arguments.of("{ type = batch-norm, deferred = true }", new BatchNorm(1e-5f, 0.1f, true)),
                Arguments.of("{ type = layer-norm, epsilon = 1e-6 }", new LayerNorm(1e-6f)),
                Arguments.of(
                        "{ type = embedding, vocabulary = classes, width = 4, init = gpt2 }",
                        new Embedding(7, 4, Initializer.GPT2)),
                Arguments.of(
                        "{ type = positional-embedding, context = 9 }", new PositionalEmbedding(9, Initializer.NORMAL)),
                Arguments.of("{ type = rnn, hidden = 5 }", Layers.rnn(5)),
                Arguments.of("{ type = lstm, hidden = 5 }", Layers.lstm(5)),
                Arguments.of("{ type = gru, hidden = 5 }", Layers.gru(5)),
                Arguments.of(
                        "{ type = lstm, hidden = 5, bias = false, bidirectional = true }",
                        new Recurrent(Recurrent.Cell.LSTM, 5, false, true)),
                Arguments.of("{ type = attention, heads = 2 }", new SelfAttention(2, true, pytorch)),
                Arguments.of("{ type = attention, heads = 2, causal = false }", new SelfAttention(2, false, pytorch)),
                Arguments.of(
                        "{ type = transformer-block, width = 8, heads = 2, dropout = 0.1 }",
                        new TransformerBlock(8, 2, 0.1f, true, pytorch)),
                Arguments.of(
                        "{ type = transformer-block, width = 8, heads = 2, causal = false }",
                        new TransformerBlock(8, 2, 0, false, pytorch)),
                Arguments.of(
                        "{ type = residual, layers = [relu, { type = residual, layers = [tanh] }] }",
                        Layers.residual(Layers.relu(), Layers.residual(Layers.tanh()))),
                Arguments.of(
                        "{ type = residual, layers = [relu], shortcut = [gelu] }",
                        new Residual(List.of(Layers.relu()), List.of(Layers.gelu()))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void typesWithTheirSettings(String text, Block expected) {
        assertThat(read(text)).containsExactly(expected);
    }

    @Test
    void mistakesAreNamedWithTheirPlace() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("relu, { type = conv, size = 3 }"))
                .withMessageStartingWith("model.layers, layer 1: type: conv (expected: one of dense, relu,")
                .withMessageContaining("transformer-block, residual");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{ type = lstm, units = 3 }"))
                .withMessage(
                        "model.layers, layer 0: units: unknown key of a lstm layer (expected: one of [bias, bidirectional,"
                                + " hidden])");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{ type = residual, layers = [relu, { type = conv2d, size = 3 }] }"))
                .withMessage("model.layers, layer 0: layers, layer 1: channels: nothing (expected: a whole number)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{ type = max-pool2d, size = [1, 2, 3] }"))
                .withMessage("model.layers, layer 0: size: [1, 2, 3] (expected: a whole number, or 2 of them)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{ type = max-pool2d, size = [2, 2.5] }"))
                .withMessage("model.layers, layer 0: size: [2, 2.5] (expected: a list of whole numbers)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{ type = conv2d, channels = 2, size = [3, 0] }"))
                .withMessageStartingWith("model.layers, layer 0: window: size 0, stride 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("residual"))
                .withMessage("model.layers, layer 0: layers: nothing (expected: a list of layers)");
        Config values = ConfigFactory.parseString("layers = [{ type = dense, units = classes }]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LayerReader(0).read(values.getList("layers")))
                .withMessage("model.layers, layer 0: units: classes (expected: a number, the data has values and no"
                        + " classes)");
    }

    private static RunPlan plan(String preset, String... overrides) {
        return RunSetup.of(RunFile.resolve(preset, List.of(overrides), Map.of()))
                .plan(Start.FRESH);
    }

    /** The sizes of the peers in bench/peers/models.py, whose vocabulary is 65 where the novel has 83 characters. */
    @ParameterizedTest
    @CsvSource({
        "cnn, 1x28x28, 10, 1199882",
        "lenet, 1x28x28, 10, 61706",
        "resnet-tiny, 1x28x28, 10, 77754",
        "lstm-char, 64, 64x83, 356371",
        "gru-char, 64, 64x83, 273939",
        "gpt-tiny, 128, 128x83, 830976"
    })
    void presetsHaveTheirSizes(String preset, String input, String output, long parameters) {
        RunPlan plan = plan(preset);

        assertThat(plan.spec().model().inputShape()).hasToString(input);
        assertThat(plan.spec().model().outputShape()).hasToString(output);
        assertThat(plan.spec().model().parameterCount()).isEqualTo(parameters);
    }

    @Test
    void aDenseLayerMayBringItsActivation() {
        String layers = "model.layers=[{type=dense,units=8,activation=%s},{type=dense,units=10}]";

        assertThat(plan("digits", layers.formatted("elu")).spec().model().layers())
                .containsExactly(Layers.dense(8), Layers.elu(1), Layers.dense(10));
        assertThat(plan("digits", layers.formatted("none")).spec().model().layers())
                .containsExactly(Layers.dense(8), Layers.dense(10));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("digits", layers.formatted("relo")))
                .withMessageContaining("activation: relo (expected: ");
    }

    @Test
    void crossEntropyTakesSmoothingAndWeights() {
        assertThat(plan("digits", "training.label-smoothing=0.1").spec().loss())
                .isEqualTo(new CrossEntropy(0.1, List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("digits", "training.class-weights=[1, 2]"))
                .withMessage("class weights: 2 (expected: 10, one for each output of the network)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("linreg", "training.label-smoothing=0.1"))
                .withMessage("training.loss: mse (expected: cross-entropy, for label-smoothing and class-weights)");
    }

    @Test
    void huberAndBinaryCrossEntropyTakeTheirNumbers() {
        assertThat(plan("linreg", "training.loss=huber", "training.huber-delta=2.5")
                        .spec()
                        .loss())
                .isEqualTo(Losses.huber(2.5));
        assertThat(plan("binary", "training.positive-weight=3").spec().loss()).isEqualTo(Losses.binaryCrossEntropy(3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("linreg", "training.huber-delta=2"))
                .withMessage("huber-delta: 2.0 with the loss mse (expected: 1, it is a setting of huber)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("digits", "training.positive-weight=2"))
                .withMessage("training.loss: cross-entropy (expected: huber for huber-delta, binary-cross-entropy for"
                        + " positive-weight)");
    }

    @Test
    void aTransformerOfATextIsCausal() {
        String layers = "model.layers=[{type=embedding,vocabulary=classes,width=8},"
                + "{type=transformer-block,width=8,heads=2,causal=%s},{type=dense,units=classes}]";

        assertThat(plan("lstm-char", layers.formatted(true)).spec().model().looksAhead())
                .isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("lstm-char", layers.formatted(false)))
                .withMessageStartingWith(
                        "layer 3 (attention): not causal (expected: causal, data moby-dick asks at each"
                                + " position for the token that comes next,");
    }

    @Test
    void tokensAndValuesAreNotMixed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("digits", "data.set=moby-dick"))
                .withMessage("data moby-dick: samples are tokens (expected: values, the model begins with dense);"
                        + " begin with an embedding");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("lstm-char", "data.set=digits"))
                .withMessageStartingWith(
                        "data digits: samples are values (expected: tokens, the model begins with" + " embedding)");
        assertThat(plan("lstm-char", "data.context=32").spec().model().inputShape())
                .isEqualTo(Shape.of(32));
    }
}
