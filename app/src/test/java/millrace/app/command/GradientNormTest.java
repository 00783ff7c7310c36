package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clipping by the norm of the whole gradient, and the norms of stages, by the command line. */
@Order(2)
class GradientNormTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void writeTheRunFile() throws IOException {
        file = folder.resolve("small.conf");
        Files.writeString(file, """
                name = small
                model.layers = [{ type = dense, units = 8 }, relu, { type = dense, units = 3 }]
                data { set = iris, normalize = standard }
                training { batch = 16, epochs = 2, optimizer { name = sgd, lr = 0.1 } }
                pipeline { stages = 2, micro-batches = 2 }
                checkpoint.enabled = false
                """);
    }

    private Program train(String options) {
        return Program.done("train " + file + " " + options);
    }

    @Test
    void clippedWeightsAreThoseOfTheSequentialRunAndOfOneStage() {
        String clipped = train("--clip-norm 0.2").digest();

        assertThat(clipped)
                .isEqualTo(train("--clip-norm 0.2 --sequential").digest())
                .isEqualTo(train("--clip-norm 0.2 --stages 1").digest())
                .isEqualTo(train("--clip-norm 0.2 --simulate-cluster 2 -D checkpoint.enabled=true -D checkpoint.folder="
                                + folder.resolve("runs"))
                        .digest())
                .isNotEqualTo(train("").digest());
    }

    @Test
    void normsAreToldForStepsAndEpochsAndLogged() throws IOException {
        Path logs = folder.resolve("logs");
        Program program = train("--gradient-norms --log-every 1 --logs csv --log-dir " + logs);

        List<Config> steps = Program.events(program.out(), "step");
        for (Config step : steps) {
            List<Double> norms = step.getDoubleList("gradient_norms").stream()
                    .map(Number::doubleValue)
                    .toList();
            assertThat(norms).hasSize(2).allMatch(norm -> norm > 0);
            assertThat(step.getDouble("gradient_norm"))
                    .isCloseTo(Math.hypot(norms.getFirst(), norms.getLast()), within(1e-12));
        }
        Config epoch = Program.events(program.out(), "epoch").getFirst();
        List<Double> first = steps.subList(0, 8).stream()
                .map(step -> step.getDoubleList("gradient_norms").getFirst())
                .toList();
        assertThat(epoch.getDoubleList("gradient_norms").getFirst())
                .isCloseTo(first.stream().mapToDouble(Double::doubleValue).sum() / 8, within(1e-12));
        assertThat(epoch.getDoubleList("largest_gradient_norms").getFirst())
                .isEqualTo(first.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
        assertThat(Files.readAllLines(logs.resolve("steps.csv")).getFirst())
                .isEqualTo("step,loss,lr,samples_per_s,gradient_norm_stage_0,gradient_norm_stage_1");

        Program text = Program.run("train " + file + " --gradient-norms --log-every 8");
        assertThat(text.out())
                .anyMatch(line ->
                        line.matches("step 8: loss [0-9.]+, gradient norm [0-9.]+, of the stages [0-9.]+ [0-9.]+"))
                .anyMatch(line ->
                        line.matches("  gradient norms of the stages: mean [0-9.]+ [0-9.]+, largest [0-9.]+ [0-9.]+"));
    }

    @Test
    void withoutBeingAskedForTheyAreNotTold() {
        assertThat(train("--log-every 1").out()).noneMatch(line -> line.contains("gradient_norm"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--clip-norm 1 --schedule async-1f1b | clip-norm: 1.0 with async-1f1b (expected: a schedule that flushes,"
                        + " elsewhere no stage knows the others' gradients, use clip-norm-per-stage)",
                "--clip-norm 1 -D training.clip-norm-per-stage=2 | training.clip-norm: 1.0 with clip-norm-per-stage 2.0"
                        + " (expected: one of them)",
                "--clip-norm -1 | clip norm: -1.0 (expected: above 0)",
            })
    void whatDoesNotFitIsOneLine(String options, String message) {
        Program refused = Program.run("train " + file + " " + options);

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).isEqualToIgnoringNewLines("error: " + message);
    }
}
