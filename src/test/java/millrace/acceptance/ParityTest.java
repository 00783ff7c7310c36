package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import millrace.actors.PipelineRun;
import millrace.actors.run.RunPlan;
import millrace.actors.run.Start;
import millrace.actors.run.TrainingData;
import millrace.actors.run.TrainingEvent;
import millrace.nn.data.Datasets;
import millrace.nn.layer.Layers;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Schedules;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With PyTorch's weights and batches, the line of actors follows PyTorch's loss (resources/parity). */
class ParityTest {
    private static final Model MODEL = Model.of(Shape.of(784), Layers.dense(256), Layers.relu(), Layers.dense(10));

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 4"})
    void lossOfMlpMnistFollowsPyTorchForAHundredSteps(int stages, int microBatches) throws IOException {
        List<Double> losses = new ArrayList<>();
        PipelineRun.start(plan(stages, microBatches), event -> {
                    if (event instanceof TrainingEvent.StepDone(long _, double loss, double _, double _, var _)) {
                        losses.add(loss);
                    }
                })
                .await();
        List<Double> expected = expectedLosses();
        assertThat(losses).hasSize(100);
        for (int i = 0; i < 100; i++) {
            assertThat(losses.get(i)).as("step %d", i + 1).isCloseTo(expected.get(i), within(1e-4 * expected.get(i)));
        }
    }

    private static RunPlan plan(int stages, int microBatches) {
        UpdatePolicy policy = UpdatePolicy.of(new Optimizer.Adam(1e-3));
        return new RunPlan(
                new TrainingSpec(MODEL, Losses.crossEntropy(), policy, 64, microBatches, false, 1),
                Partition.balanced(MODEL, stages),
                Schedules.generate("1f1b", stages, microBatches),
                TrainingData.of(Datasets.load("mnist").train()),
                new RunPlan.Limits(1, 100),
                Optional.empty(),
                2,
                new Start(0, weights()),
                1);
    }

    /** The formula of make_parity.py. */
    private static Map<String, Tensor> weights() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        int number = 0;
        for (int layer = 0; layer < MODEL.layers().size(); layer++) {
            for (ParameterSpec spec : MODEL.parameters(layer)) {
                int n = Math.toIntExact(spec.shape().size());
                float[] values = new float[n];
                for (int i = 0; i < n; i++) {
                    long mixed = (i + 1 + 1000003L * number) * 2654435761L % (1L << 32);
                    values[i] = (float) ((mixed / 4294967296.0 * 2 - 1) * Math.pow(spec.fanIn(), -0.5));
                }
                weights.put(layer + "." + spec.name(), Tensor.of(Arena.ofAuto(), spec.shape(), values));
                number++;
            }
        }
        return weights;
    }

    private static List<Double> expectedLosses() throws IOException {
        try (InputStream file = Objects.requireNonNull(
                ParityTest.class.getResourceAsStream("/parity/mlp-mnist-100-steps.txt"), "golden file")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                    .toList();
        }
    }
}
