package millrace.nn.stage;

import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.conv2d;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.globalAvgPool;
import static millrace.nn.layer.Layers.maxPool2d;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.residual;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Close;
import millrace.nn.golden.Golden;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Evaluator;
import millrace.nn.infer.Predictor;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Running means: PyTorch's values, saved with the weights, the same for any cut of the model. */
class BatchNormTest {
    private static final int BATCH = 8;
    private static final Model MODEL = Model.of(
            Shape.of(1, 5, 5),
            conv2d(4, 3, 1, 1),
            batchNorm(),
            relu(),
            residual(List.of(conv2d(6, 3, 2, 1), batchNorm(), relu()), List.of(conv2d(6, 1, 2, 0), batchNorm())),
            maxPool2d(2),
            globalAvgPool(),
            dense(4));

    private static Dataset data() {
        // the last batch has three samples: some of its micro-batches are empty, others a single sample
        return new RandomClassesSource(2 * BATCH + 3, 25, 4, 3).generate().withSampleShape(Shape.of(1, 5, 5));
    }

    private static TrainingSpec spec(int microBatches) {
        return new TrainingSpec(
                MODEL, Losses.crossEntropy(), UpdatePolicy.of(new Adam(1e-2)), BATCH, microBatches, true, 5);
    }

    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void runningMeansAndInferenceArePyTorchs(Kernels kernels) {
        Golden golden = Golden.read("image-layers");
        Model model = Model.of(Shape.of(4, 7, 9), batchNorm());
        try (Arena arena = Arena.ofConfined();
                LayerRun run = new LayerRun(model, new Partition.Range(0, 1), 3, 1, 1, kernels, Keep.INPUT)) {
            for (Parameter parameter : run.parameters()) {
                Tensor value =
                        golden.tensor(arena, "batch-norm." + parameter.spec().name());
                parameter.unpack(value.memory(), parameter.value());
            }
            Tensor x = golden.tensor(arena, "batch-norm.x");

            run.forward(0, x).release();
            run.backward(0, golden.tensor(arena, "batch-norm.dy"), false);

            assertThat(run.buffers()).extracting(Parameter::name).containsExactly("0.running_mean", "0.running_var");
            for (Parameter buffer : run.buffers()) {
                Tensor value = Tensor.of(arena, buffer.shape(), new float[4]);
                buffer.pack(buffer.value(), value.memory());
                String name = "batch-norm." + buffer.spec().name();
                Close.relative(name, value.toFloats(), golden.floats(name), 1e-6);
            }
            Tensor inferred = run.infer(x);
            Close.relative("inference", inferred.toFloats(), golden.floats("batch-norm.eval"), 2e-6);
            inferred.release();
            run.checkDrained();
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 4, WEIGHTS_LAST", "3, 8, ALL_FORWARD_FIRST", "7, 2, WEIGHTS_LAST"})
    void stagesInALineEqualTheWholeModelToTheBit(int stages, int microBatches, Line.Order order) {
        try (Line whole = new Line(spec(microBatches), data(), 1);
                Line line = new Line(spec(microBatches), data(), stages)) {
            for (int step = 0; step < 7; step++) {
                double loss = whole.step(microBatches, Line.Order.ONE_BY_ONE);
                assertThat(line.step(microBatches, order)).as("step %d", step).isEqualTo(loss);
            }

            assertThat(line.numbers()).isEqualTo(whole.numbers()).containsKey("1.running_mean");
            assertThat(line.numbers().get("1.running_mean")).doesNotContain(0f);
        }
    }

    /** The digest of a run goes over the stages' lists one after the other. */
    @Test
    void stagesListTheirWeightsInTheOrderOfTheWholeModel() {
        try (Line whole = new Line(spec(2), data(), 1);
                Line line = new Line(spec(2), data(), 4)) {
            List<String> names = whole.stages.getFirst().state().weights().stream()
                    .map(NamedTensor::name)
                    .toList();
            List<String> ofStages = line.stages.stream()
                    .flatMap(stage -> stage.state().weights().stream())
                    .map(NamedTensor::name)
                    .toList();

            assertThat(ofStages).isEqualTo(names);
            assertThat(names)
                    .startsWith("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var")
                    .endsWith("13.weight", "13.bias");
        }
    }

    @Test
    void runningMeansAreSavedAndRestoredWithTheWeights() {
        try (Line trained = new Line(spec(2), data(), 2);
                Line restored = new Line(spec(2), data(), 1)) {
            trained.step(2, Line.Order.ONE_BY_ONE);
            Map<String, Tensor> state = new HashMap<>(trained.state());

            restored.stages.forEach(stage -> stage.state().restore(state, 1));

            assertThat(restored.numbers()).isEqualTo(trained.numbers());
            Evaluation expected = new Predictor(MODEL, state).evaluate(Losses.crossEntropy(), data());
            StageModel whole = restored.stages.getFirst();
            Evaluator evaluator = Evaluator.of(whole.spec(), data());
            for (int chunk = 0; chunk < whole.compute().chunks(data()); chunk++) {
                Tensor output = whole.compute().infer(data(), chunk, null);
                evaluator.add(output, whole.compute().targets(data(), chunk));
                output.release();
            }
            assertThat(evaluator.result().loss()).isCloseTo(expected.loss(), within(1e-5));
            Map<String, Tensor> fresh = new HashMap<>(state);
            fresh.put("1.running_mean", Tensor.of(Arena.ofAuto(), Shape.of(4), 1, 1, 1, 1));
            assertThat(new Predictor(MODEL, fresh)
                            .evaluate(Losses.crossEntropy(), data())
                            .loss())
                    .isNotCloseTo(expected.loss(), within(1e-5));
            assertThat(Objects.requireNonNull(state.get("1.running_var")).shape())
                    .isEqualTo(Shape.of(4));
        }
    }
}
