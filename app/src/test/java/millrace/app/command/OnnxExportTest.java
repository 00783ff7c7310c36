package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.app.Program;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.nn.backend.Backend;
import millrace.nn.infer.Predictor;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.onnx.OnnxFile;
import millrace.nn.stage.LayerRun;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks of presets and of a run, computed by ONNX Runtime. */
@Order(3)
class OnnxExportTest {
    @TempDir
    private Path folder = Path.of("");

    private static Map<String, Tensor> drawn(Model model) {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        try (LayerRun run = new LayerRun(
                model, Partition.whole(model).range(0), 1, 3, 1, Backend.fast().float32())) {
            Stream.concat(run.parameters().stream(), run.buffers().stream()).forEach(parameter -> {
                Tensor copy = Tensor.zeros(Arena.ofAuto(), ElementType.F32, parameter.shape());
                parameter.pack(parameter.value(), copy.memory());
                weights.put(parameter.name(), copy);
            });
        }
        return weights;
    }

    private static OnnxTensor batch(Tensor inputs) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        long[] sizes = Arrays.stream(inputs.shape().dimensions()).asLongStream().toArray();
        if (inputs.type() == ElementType.F32) {
            return OnnxTensor.createTensor(environment, FloatBuffer.wrap(inputs.toFloats()), sizes);
        }
        long[] tokens = new long[Math.toIntExact(inputs.shape().size())];
        Arrays.setAll(tokens, inputs::getInt);
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(tokens), sizes);
    }

    private static void assertComputesTheSame(Path file, Tensor inputs, Tensor expected) throws OrtException {
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString());
                OnnxTensor batch = batch(inputs);
                OrtSession.Result result = session.run(Map.of(OnnxFile.INPUT, batch))) {
            OnnxTensor found = (OnnxTensor) result.get(OnnxFile.OUTPUT).orElseThrow();
            assertThat(found.getInfo().getShape())
                    .containsExactly(Arrays.stream(expected.shape().dimensions())
                            .asLongStream()
                            .toArray());
            float[] values = expected.toFloats();
            double largest = 0;
            for (float value : values) {
                largest = Math.max(largest, Math.abs(value));
            }
            FloatBuffer outputs = found.getFloatBuffer();
            for (float value : values) {
                assertThat((double) outputs.get()).isCloseTo(value, within(1e-5 * largest));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linreg",
                "mlp-mnist",
                "binary",
                "cnn",
                "lenet",
                "resnet-tiny",
                "lstm-char",
                "gru-char",
                "gpt-tiny"
            })
    void networksOfPresetsAreComputedAlike(String preset) throws OrtException {
        RunSetup setup = RunSetup.of(RunFile.resolve(preset, List.of(), Map.of()));
        Map<String, Tensor> weights = drawn(setup.model());
        Tensor inputs = setup.data().train().inputs().slice(0, 3);
        Path file = folder.resolve("model.onnx");

        OnnxFile.write(file, setup.model(), weights);

        assertComputesTheSame(file, inputs, new Predictor(setup.model(), weights).predict(inputs));
    }

    @Test
    void aTrainedNetworkIsExportedWithItsWeights() throws IOException, OrtException {
        Path conf = folder.resolve("small.conf");
        Files.writeString(conf, """
            name = small
            model.layers = [{ type = dense, units = 8 }, batch-norm, relu, { type = dense, units = 3 }]
            data { set = iris, normalize = standard }
            training { batch = 16, epochs = 2, optimizer { name = adam, lr = 0.01 } }
            checkpoint.folder = "%s"
            """.formatted(folder.resolve("runs")));
        Program trained = Program.done("train " + conf);
        Path run = folder.resolve("runs").resolve(trained.event("start").getString("run"));
        Path onnx = folder.resolve("small.onnx");
        Path safetensors = folder.resolve("small.safetensors");

        Program exported = Program.done("export " + run + " --onnx " + onnx + " --safetensors " + safetensors);

        assertThat(Program.events(exported.out(), "exported"))
                .extracting(event -> event.getString("file"))
                .containsExactly(safetensors.toString(), onnx.toString());
        RunSetup setup = RunSetup.of(RunFile.resolve(conf.toString(), List.of(), Map.of()));
        Tensor inputs = setup.data().train().inputs();
        Predictor predictor =
                new Predictor(setup.model(), CheckpointStore.load(run).tensors());
        assertComputesTheSame(onnx, inputs, predictor.predict(inputs));
    }

    @Test
    void aFolderThatIsNotThereIsOneLine() throws IOException {
        Path conf = folder.resolve("small.conf");
        Files.writeString(conf, """
            name = small
            model.layers = [{ type = dense, units = 3 }]
            data { set = iris }
            training { batch = 16, steps = 1 }
            checkpoint.folder = "%s"
            """.formatted(folder.resolve("runs")));
        Program trained = Program.done("train " + conf);
        Path run = folder.resolve("runs").resolve(trained.event("start").getString("run"));
        Path none = folder.resolve("none");

        Program refused = Program.run("export " + run + " --onnx " + none.resolve("a.onnx"));

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .isEqualToIgnoringNewLines("error: " + none.resolve("a.onnx") + ": no folder " + none
                        + " (expected: an existing folder); create it");
    }
}
