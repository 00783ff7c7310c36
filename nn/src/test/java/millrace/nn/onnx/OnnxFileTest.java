package millrace.nn.onnx;

import static millrace.nn.layer.Layers.attention;
import static millrace.nn.layer.Layers.avgPool2d;
import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.bidirectionalGru;
import static millrace.nn.layer.Layers.bidirectionalLstm;
import static millrace.nn.layer.Layers.conv2d;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.elu;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.gelu;
import static millrace.nn.layer.Layers.globalAvgPool;
import static millrace.nn.layer.Layers.gru;
import static millrace.nn.layer.Layers.layerNorm;
import static millrace.nn.layer.Layers.leakyRelu;
import static millrace.nn.layer.Layers.lstm;
import static millrace.nn.layer.Layers.maxPool2d;
import static millrace.nn.layer.Layers.positionalEmbedding;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.residual;
import static millrace.nn.layer.Layers.rnn;
import static millrace.nn.layer.Layers.sigmoid;
import static millrace.nn.layer.Layers.silu;
import static millrace.nn.layer.Layers.softmax;
import static millrace.nn.layer.Layers.tanh;
import static millrace.nn.layer.Layers.transformerBlock;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import millrace.nn.golden.Close;
import millrace.nn.golden.RandomInput;
import millrace.nn.infer.Predictor;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Window;
import millrace.nn.layer.Conv2d;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.Pool2d;
import millrace.nn.layer.PositionalEmbedding;
import millrace.nn.layer.Recurrent;
import millrace.nn.layer.SelfAttention;
import millrace.nn.model.Model;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.DrawnWeights;
import millrace.nn.weights.NamedTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every layer and the kinds of networks as files that ONNX Runtime computes the same of. */
class OnnxFileTest {
    private static final int VOCABULARY = 11;
    private static final Window RECTANGLE = new Window(new Window.Edge(2, 1, 1, 1), new Window.Edge(4, 3, 2, 1));

    @TempDir
    private Path folder = Path.of("");

    static Stream<Arguments> models() {
        Shape features = Shape.of(5);
        Shape image = Shape.of(4, 7, 9);
        Shape sequence = Shape.of(6, 8);
        Shape tokens = Shape.of(6);
        return Stream.of(
                arguments("dense", Model.of(features, dense(3))),
                arguments("dense without bias", Model.of(features, noBias(3))),
                arguments("dense of a sequence", Model.of(sequence, dense(3))),
                arguments("dense of a sequence without bias", Model.of(sequence, noBias(3))),
                arguments("relu", Model.of(features, relu())),
                arguments("leaky-relu", Model.of(image, leakyRelu(0.2f))),
                arguments("sigmoid", Model.of(features, sigmoid())),
                arguments("tanh", Model.of(features, tanh())),
                arguments("gelu", Model.of(sequence, gelu())),
                arguments("silu", Model.of(sequence, silu())),
                arguments("elu", Model.of(features, elu(0.7f))),
                arguments("softmax", Model.of(features, softmax())),
                arguments("softmax of a sequence", Model.of(sequence, softmax())),
                arguments("flatten", Model.of(image, flatten())),
                arguments("dropout", Model.of(features, dropout(0.5f))),
                arguments("conv2d", Model.of(image, conv2d(6, 3, 2, 1))),
                arguments("conv2d of groups", Model.of(image, conv(new Window(3, 1, 2, 2), 2, true))),
                arguments("conv2d without bias", Model.of(image, conv(new Window(1, 2, 0, 1), 4, false))),
                arguments("conv2d with rectangles", Model.of(image, conv(RECTANGLE, 2, true))),
                arguments("max-pool2d of rectangles", Model.of(image, new Pool2d(Pool2d.Kind.MAX, RECTANGLE))),
                arguments("avg-pool2d of rectangles", Model.of(image, new Pool2d(Pool2d.Kind.AVG, RECTANGLE))),
                arguments(
                        "avg-pool2d of rectangles without their edge",
                        Model.of(image, new Pool2d(Pool2d.Kind.AVG, RECTANGLE, false))),
                arguments("max-pool2d", Model.of(image, maxPool2d(2))),
                arguments(
                        "max-pool2d that overlaps",
                        Model.of(image, new Pool2d(Pool2d.Kind.MAX, new Window(3, 2, 1, 2)))),
                arguments("avg-pool2d", Model.of(image, avgPool2d(2))),
                arguments(
                        "avg-pool2d that overlaps",
                        Model.of(image, new Pool2d(Pool2d.Kind.AVG, new Window(3, 2, 1, 1)))),
                arguments(
                        "avg-pool2d without its edge",
                        Model.of(image, new Pool2d(Pool2d.Kind.AVG, new Window(3, 2, 1, 1), false))),
                arguments("global-avg-pool", Model.of(image, globalAvgPool())),
                arguments("batch-norm of images", Model.of(image, batchNorm())),
                arguments("batch-norm", Model.of(features, batchNorm())),
                arguments("layer-norm", Model.of(features, layerNorm())),
                arguments("layer-norm of a sequence", Model.of(sequence, layerNorm())),
                arguments("embedding", Model.of(tokens, embedding(VOCABULARY, 5))),
                arguments("positional-embedding", Model.of(sequence, positionalEmbedding(6))),
                arguments(
                        "positional-embedding of a longer context",
                        Model.of(sequence, new PositionalEmbedding(9, Initializer.NORMAL))),
                arguments("attention", Model.of(sequence, attention(2))),
                arguments(
                        "attention that is not causal",
                        Model.of(sequence, new SelfAttention(2, false, Initializer.PYTORCH))),
                arguments("rnn", Model.of(sequence, rnn(7))),
                arguments("lstm", Model.of(sequence, lstm(7))),
                arguments("gru without bias", Model.of(sequence, new Recurrent(Recurrent.Cell.GRU, 7, false))),
                arguments("rnn in both directions", Model.of(sequence, both(Recurrent.Cell.RNN, true))),
                arguments("lstm in both directions", Model.of(sequence, both(Recurrent.Cell.LSTM, true))),
                arguments("gru in both directions without bias", Model.of(sequence, both(Recurrent.Cell.GRU, false))),
                arguments("gru", Model.of(sequence, gru(7))),
                arguments("transformer-block", Model.of(sequence, transformerBlock(8, 4))),
                arguments("residual", Model.of(features, residual(dense(5), residual(tanh(), dense(5)), relu()))),
                arguments(
                        "residual with shortcut",
                        Model.of(image, residual(List.of(conv2d(6, 3, 2, 1)), List.of(conv2d(6, 1, 2, 0))))),
                arguments(
                        "cnn",
                        Model.of(
                                Shape.of(1, 8, 8),
                                conv2d(4, 3, 1, 0),
                                relu(),
                                conv2d(6, 3, 1, 0),
                                relu(),
                                maxPool2d(2),
                                flatten(),
                                dense(8),
                                relu(),
                                dense(10))),
                arguments(
                        "resnet",
                        Model.of(
                                Shape.of(2, 8, 8),
                                conv(new Window(3, 1, 1, 1), 1, false),
                                batchNorm(),
                                relu(),
                                residual(
                                        List.of(conv(new Window(3, 2, 1, 1), 1, false), batchNorm(), relu()),
                                        List.of(conv(new Window(1, 2, 0, 1), 1, false), batchNorm())),
                                globalAvgPool(),
                                dropout(0.1f),
                                dense(10))),
                arguments(
                        "gpt",
                        Model.of(
                                tokens,
                                embedding(VOCABULARY, 8),
                                positionalEmbedding(6),
                                transformerBlock(8, 2),
                                transformerBlock(8, 2),
                                layerNorm(),
                                noBias(VOCABULARY))),
                arguments(
                        "lstm of characters",
                        Model.of(tokens, embedding(VOCABULARY, 8), lstm(9), gru(7), dense(VOCABULARY))),
                arguments(
                        "stack of both directions",
                        Model.of(
                                tokens,
                                embedding(VOCABULARY, 8),
                                bidirectionalLstm(5),
                                bidirectionalGru(3),
                                dense(4))));
    }

    private static Layer both(Recurrent.Cell cell, boolean bias) {
        return new Recurrent(cell, 7, bias, true);
    }

    private static Layer noBias(int units) {
        return new Dense(units, false, Initializer.PYTORCH);
    }

    private static Layer conv(Window window, int groups, boolean bias) {
        return new Conv2d(8, window, groups, bias, Initializer.PYTORCH);
    }

    private static Map<String, Tensor> weights(Model model) {
        return DrawnWeights.of(model, 7).stream().collect(Collectors.toMap(NamedTensor::name, NamedTensor::tensor));
    }

    private static Tensor inputs(Model model, int rows) {
        Random random = new Random(rows);
        Shape shape = model.inputShape().batched(rows);
        if (model.inputType() == ElementType.F32) {
            return RandomInput.tensor(Arena.ofAuto(), random, shape);
        }
        Tensor tokens = Tensor.zeros(Arena.ofAuto(), ElementType.I32, shape);
        for (int i = 0; i < shape.size(); i++) {
            tokens.setInt(i, random.nextInt(VOCABULARY));
        }
        return tokens;
    }

    private Path written(Model model) {
        Path file = folder.resolve("model.onnx");
        OnnxFile.write(file, model, weights(model));
        return file;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void onnxRuntimeComputesTheSame(String name, Model model) throws OrtException {
        Predictor predictor = new Predictor(model, weights(model));
        try (OnnxSession session = new OnnxSession(written(model))) {
            for (int rows : new int[] {1, 5}) {
                Tensor inputs = inputs(model, rows);
                Tensor expected = predictor.predict(inputs);

                OnnxSession.Output found = session.run(inputs);

                assertThat(found.shape()).isEqualTo(expected.shape());
                Close.relative(name, found.values(), expected.toFloats(), 1e-5);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void initializersHavePyTorchsNamesAndShapes(String name, Model model) throws IOException {
        UnknownFieldSet graph = message(Files.readAllBytes(written(model)), 7);
        Map<String, List<Long>> initializers = graph.getField(5).getLengthDelimitedList().stream()
                .map(OnnxFileTest::parsed)
                .collect(Collectors.toMap(
                        tensor -> tensor.getField(8)
                                .getLengthDelimitedList()
                                .getFirst()
                                .toStringUtf8(),
                        tensor -> tensor.getField(1).getVarintList()));

        weights(model).forEach((parameter, tensor) -> {
            List<Long> sizes = Stream.of(tensor.shape().toString().split("x", -1))
                    .map(Long::valueOf)
                    .toList();
            assertThat(initializers).as(name).containsEntry(parameter, sizes);
        });
        assertThat(names(graph, 11)).containsExactly("input");
        assertThat(names(graph, 12)).containsExactly("output");
    }

    private static List<String> names(UnknownFieldSet graph, int field) {
        return graph.getField(field).getLengthDelimitedList().stream()
                .map(value -> parsed(value)
                        .getField(1)
                        .getLengthDelimitedList()
                        .getFirst()
                        .toStringUtf8())
                .toList();
    }

    private static UnknownFieldSet message(byte[] bytes, int field) {
        return parsed(parsed(ByteString.copyFrom(bytes))
                .getField(field)
                .getLengthDelimitedList()
                .getFirst());
    }

    private static UnknownFieldSet parsed(ByteString bytes) {
        try {
            return UnknownFieldSet.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void averagesOfDistantValuesAreRefused() {
        Model model = Model.of(Shape.of(1, 7, 7), new Pool2d(Pool2d.Kind.AVG, new Window(3, 1, 0, 2)));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> written(model))
                .withMessage("layer 0 (avg-pool2d): dilation 2 (expected: 1, ONNX averages neighbours); export"
                        + " safetensors");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void layersOfOthersAreRefused() {
        Layer own = new Layer() {
            @Override
            public String type() {
                return "own";
            }

            @Override
            public Shape outputShape(Shape input) {
                return input;
            }

            @Override
            public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
                throw new IllegalStateException();
            }
        };

        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        OnnxFile.write(folder.resolve("model.onnx"), Model.of(Shape.of(2), relu(), own), Map.of()))
                .withMessage("layer 1 (own): not known to ONNX (expected: layers of Millrace itself); export"
                        + " safetensors");
    }

    @Test
    void missingWeightsAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> OnnxFile.write(folder.resolve("model.onnx"), Model.of(Shape.of(2), dense(3)), Map.of()))
                .withMessage("weights: no tensor 0.weight (expected: all weights); are they of another model?");
    }
}
