package millrace.nn.weights;

import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.bidirectionalLstm;
import static millrace.nn.layer.Layers.bidirectionalRnn;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.gru;
import static millrace.nn.layer.Layers.layerNorm;
import static millrace.nn.layer.Layers.lstm;
import static millrace.nn.layer.Layers.maxPool2d;
import static millrace.nn.layer.Layers.positionalEmbedding;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.residual;
import static millrace.nn.layer.Layers.rnn;
import static millrace.nn.layer.Layers.transformerBlock;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Predictor;
import millrace.nn.io.Safetensors;
import millrace.nn.kernel.Window;
import millrace.nn.layer.Conv2d;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Recurrent;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.random.Initializer;
import millrace.nn.stage.Line;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Residuals, running means, attention and recurrent layers, of both directions too, to PyTorch and back; make_module_interchange.py. */
class ModuleInterchangeTest {
    private static final Map<String, Model> MODELS = Map.of(
            "images",
            Model.of(
                    Shape.of(2, 8, 8),
                    conv(4, 3, 1),
                    batchNorm(),
                    relu(),
                    residual(conv(4, 3, 1), batchNorm(), relu(), conv(4, 3, 1), batchNorm()),
                    relu(),
                    residual(List.of(conv(6, 3, 2), batchNorm()), List.of(conv(6, 1, 2), batchNorm())),
                    relu(),
                    maxPool2d(2),
                    flatten(),
                    dense(5)),
            "text",
            Model.of(
                    Shape.of(7),
                    embedding(11, 8),
                    positionalEmbedding(7),
                    transformerBlock(8, 2),
                    lstm(6),
                    gru(5),
                    rnn(8),
                    layerNorm(),
                    new Dense(11, false, Initializer.PYTORCH)),
            "directions",
            Model.of(
                    Shape.of(7),
                    embedding(11, 8),
                    bidirectionalLstm(3),
                    new Recurrent(Recurrent.Cell.GRU, 4, false, true),
                    bidirectionalRnn(3),
                    dense(5)));

    private static Layer conv(int channels, int size, int stride) {
        return new Conv2d(channels, new Window(size, stride, size / 2, 1), 1, false, Initializer.PYTORCH);
    }

    private static Model model(String name) {
        return Objects.requireNonNull(MODELS.get(name));
    }

    private static Map<String, Tensor> golden(String name) {
        return Safetensors.read(InterchangeTest.resource(name + "-outputs.safetensors"))
                .tensors();
    }

    private static Tensor of(Map<String, Tensor> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name));
    }

    private static void assertEqual(Tensor found, Tensor expected) {
        assertThat(found.shape()).isEqualTo(expected.shape());
        for (int i = 0; i < expected.shape().size(); i++) {
            assertThat(found.getFloat(i)).isCloseTo(expected.getFloat(i), within(1e-5f));
        }
    }

    /** What PyTorch wrote goes in, what we wrote went into PyTorch: either way the outputs agree. */
    @ParameterizedTest
    @CsvSource({
        "images, pytorch",
        "images, ours",
        "text, pytorch",
        "text, ours",
        "directions, pytorch",
        "directions, ours"
    })
    void bothComputeTheSameOfTheSameFile(String name, String file) {
        Map<String, Tensor> weights =
                WeightsFile.read(InterchangeTest.resource(name + "-" + file + ".safetensors"), model(name));

        Tensor found = new Predictor(model(name), weights).predict(of(golden(name), "inputs"));

        assertEqual(found, of(golden(name), file));
    }

    /** Two steps of gradient descent here from where PyTorch stopped equal two more steps there. */
    @ParameterizedTest
    @ValueSource(strings = {"images", "text", "directions"})
    void whatPyTorchBeganTrainsOn(String name) {
        Model model = model(name);
        Map<String, Tensor> golden = golden(name);
        List<String> classes = IntStream.range(
                        0, model.outputShape().dimension(model.outputShape().rank() - 1))
                .mapToObj(String::valueOf)
                .toList();
        Dataset data = new Dataset(name, of(golden, "inputs"), of(golden, "labels"), classes);
        TrainingSpec spec = new TrainingSpec(
                model, Losses.crossEntropy(), UpdatePolicy.of(new Sgd(0.05)), data.size(), 1, false, 1);
        Map<String, Tensor> began = WeightsFile.read(InterchangeTest.resource(name + "-pytorch.safetensors"), model);
        try (Line line = new Line(spec, data, 2)) {
            line.stages.forEach(stage -> stage.state().restore(began, 0));
            double first = line.step(1, Line.Order.ONE_BY_ONE);
            double second = line.step(1, Line.Order.ONE_BY_ONE);

            assertThat(second).isLessThan(first);
            assertEqual(new Predictor(model, line.state()).predict(data.inputs()), of(golden, "trained"));
        }
    }

    /** So that the files which PyTorch has read are those that are still written like that. */
    @ParameterizedTest
    @ValueSource(strings = {"images", "text", "directions"})
    void whatPyTorchHasReadIsWhatIsWritten(String name) throws IOException {
        Path written = Path.of("target/" + name + "-ours.safetensors");
        Files.createDirectories(written.toAbsolutePath().getParent());
        WeightsFile.write(written, DrawnWeights.of(model(name), 42));

        assertThat(Files.readAllBytes(written))
                .isEqualTo(Files.readAllBytes(InterchangeTest.resource(name + "-ours.safetensors")));
    }

    @Test
    void theCounterOfBatchesIsThereAndLeftOut() throws IOException {
        Path file = InterchangeTest.resource("images-pytorch.safetensors");

        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                .contains("\"1.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[]");
        assertThat(WeightsFile.read(file, model("images")))
                .containsKey("1.running_mean")
                .doesNotContainKey("1.num_batches_tracked");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Safetensors.read(file))
                .withMessageContaining("num_batches_tracked\" is of type \"I64\" (expected: F32 or I32)");
    }

    @TempDir
    private Path folder = Path.of("");

    private Path damaged(String found, String written) throws IOException {
        String text =
                Files.readString(InterchangeTest.resource("images-pytorch.safetensors"), StandardCharsets.ISO_8859_1);
        assertThat(text).contains(found);
        return Files.writeString(
                folder.resolve("w.safetensors"), text.replace(found, written), StandardCharsets.ISO_8859_1);
    }

    @Test
    void onlyTheCounterMayBeA64BitInteger() throws IOException {
        Path file = damaged("1.num_batches_tracked", "1.num_batches_tracker");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightsFile.read(file, model("images")))
                .withMessageStartingWith(file + ": tensor \"1.num_batches_tracker\" is of type \"I64\"");
    }

    @Test
    void aCounterIsOneNumber() throws IOException {
        // as long as before, so that the rest of the file stays where it is
        Path file = damaged(
                "\"1.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],",
                "\".num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[1],");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightsFile.read(file, model("images")))
                .withMessage(file + ": tensor \".num_batches_tracked\" is I64 of shape 1 (expected: one number, a"
                        + " scalar); save it as PyTorch's batch normalization has it");
    }
}
