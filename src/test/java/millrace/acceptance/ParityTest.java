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
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.actors.run.PipelineRun;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With the same weights and batches, the line of actors follows PyTorch's loss (resources/parity). */
class ParityTest {
    @ParameterizedTest
    @CsvSource({
        "mlp-mnist, 1, 1, 100, 1e-4",
        "mlp-mnist, 2, 4, 100, 1e-4",
        "cnn, 2, 4, 50, 1e-3",
        "lstm-char, 2, 4, 50, 1e-3",
        "gpt-tiny, 2, 4, 20, 1e-3"
    })
    void lossFollowsPyTorch(String preset, int stages, int microBatches, int steps, double tolerance)
            throws IOException {
        assertLossFollowsPyTorch(preset, stages, microBatches, steps, tolerance);
    }

    @Test
    @Tag("soak")
    void lossOfATransformerFollowsPyTorchForLonger() throws IOException {
        assertLossFollowsPyTorch("gpt-tiny", 2, 4, 50, 1e-3);
    }

    private static void assertLossFollowsPyTorch(
            String preset, int stages, int microBatches, int steps, double tolerance) throws IOException {
        RunSetup setup = RunSetup.of(RunFile.resolve(
                preset,
                List.of(
                        "training.shuffle=false",
                        "training.steps=" + steps,
                        "pipeline.stages=" + stages,
                        "pipeline.micro-batches=" + microBatches),
                Map.of()));
        List<Double> losses = new ArrayList<>();

        // the losses of the steps are compared: nothing is held back, since evaluating it takes longer than these steps
        RunSetup training =
                new RunSetup(setup.config(), TrainingData.of(setup.data().train()), setup.model());
        PipelineRun.start(training.plan(new Start(0, weights(setup.model()))), event -> {
                    if (event instanceof TrainingEvent.Step made) {
                        losses.add(made.loss());
                    }
                })
                .await();

        // golden files have as many steps as a preset is ever tried for
        int known = preset.equals("mlp-mnist") ? 100 : 50;
        List<Double> expected = expectedLosses("/parity/" + preset + "-" + known + "-steps.txt");
        assertThat(expected).hasSize(known);
        assertThat(losses).hasSize(steps);
        for (int i = 0; i < steps; i++) {
            assertThat(losses.get(i))
                    .as("step %d", i + 1)
                    .isCloseTo(expected.get(i), within(tolerance * expected.get(i)));
        }
    }

    /** The formula of make_parity.py. */
    private static Map<String, Tensor> weights(Model model) {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        int number = 0;
        for (int layer = 0; layer < model.layers().size(); layer++) {
            for (ParameterSpec spec : model.parameters(layer)) {
                Shape shape = spec.shape();
                int n = Math.toIntExact(shape.size());
                double scale = shape.rank() > 1 ? Math.pow((double) n / shape.dimension(0), -0.5) : 0.05;
                double middle = shape.rank() == 1 && spec.name().equals("weight") ? 1 : 0;
                float[] values = new float[n];
                for (int i = 0; i < n; i++) {
                    long mixed = (i + 1 + 1000003L * number) * 2654435761L % (1L << 32);
                    values[i] = (float) ((mixed / 4294967296.0 * 2 - 1) * scale + middle);
                }
                weights.put(layer + "." + spec.name(), Tensor.of(Arena.ofAuto(), shape, values));
                number++;
            }
        }
        return weights;
    }

    private static List<Double> expectedLosses(String name) throws IOException {
        try (InputStream file = Objects.requireNonNull(ParityTest.class.getResourceAsStream(name), "golden file")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                    .toList();
        }
    }
}
