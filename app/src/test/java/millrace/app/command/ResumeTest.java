package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may change when a run goes on from a checkpoint, and what may not: three epochs of eight batches behind it. */
class ResumeTest {
    @TempDir
    private static Path folder = Path.of("");

    private static Path run = Path.of("");

    @BeforeAll
    static void trainThreeEpochs() throws IOException {
        Path file = folder.resolve("small.conf");
        Files.writeString(file, """
                name = small
                model.layers = [{ type = dense, units = 4 }, relu, { type = dense, units = 3 }]
                data { set = iris, normalize = standard }
                training {
                  batch = 16, epochs = 3, optimizer { name = adam, lr = 0.1 }
                  lr-schedule { name = cosine, length = 9 }
                }
                pipeline { stages = 1, micro-batches = 2 }
                checkpoint.folder = "%s"
                """.formatted(folder.resolve("runs")));
        Program trained = Program.done("train " + file);
        run = folder.resolve("runs").resolve(trained.event("start").getString("run"));
    }

    private static Program resumed(String options) {
        return Program.run("train --resume " + run + " --epochs 4 -D checkpoint.enabled=false " + options);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--batch 40 | batch: 40 (expected: 16, as the checkpoint was made with; a step is a batch)",
                "--batch 4 | batch: 4 (expected: 16,",
                "-D data.validation=0.25 | data.validation: 0.25 (expected: 0, as the run was begun with)",
                "--seed 2 | seed: 2 (expected: 1,",
                "-D training.shuffle=false | shuffle: false (expected: true,",
                "-D training.label-smoothing=0.1 | loss: cross-entropy with label smoothing 0.1 (expected: cross-entropy,",
                "-D model.layers=[{type=dense,units=4},tanh,{type=dense,units=3}] |"
                        + " layers: dense, tanh, dense (expected: dense, relu, dense,",
                "--optimizer sgd | optimizer buffers: none (expected: exp_avg, exp_avg_sq,",
                "--optimizer rmsprop | optimizer buffers: square_avg (expected: exp_avg, exp_avg_sq,",
            })
    void whatWouldMakeAnotherRunOfItIsRefused(String options, String message) {
        Program refused = resumed(options);

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .startsWith("error: " + message)
                .contains("--init")
                .hasLineCount(1);
        assertThat(refused.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--optimizer adamw | warning: optimizer: adamw (the checkpoint was made with adam);",
                "-D training.lr-schedule.length=4 | warning: learning-rate schedule: Cosine[length=4, floor=0.0] in units of 8"
                        + " steps (the checkpoint was made with Cosine[length=9, floor=0.0] in units of 8 steps);",
                "--micro-batches 4 | warning: micro-batches: 4 (the checkpoint was made with 2);",
                "--schedule chimera --ranks 2 | warning: replicas of the line: 2 (the checkpoint was made with 1);",
                "--precision bf16 | warning: precision: bf16 (the checkpoint was made with f32);",
            })
    void whatChangesWhatItBecomesIsTold(String options, String warning) {
        Program told = resumed(options);

        assertThat(told.status()).as(told.err()).isZero();
        assertThat(told.out()).anyMatch(line -> line.startsWith(warning));
        assertThat(told.out().stream().filter(line -> line.startsWith("warning:")))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''",
                "--stages 2 --schedule gpipe",
                "--lr 0.01",
                "--clip-norm 1",
                "-D training.l2=0.001",
                "-D training.optimizer.weight-decay=0.1",
                "-D training.early-stopping=2",
                "--evaluate-every 3",
                "--recompute",
                "--sequential",
                "--steps 30",
            })
    void theRestMayChange(String options) {
        Program free = resumed(options);

        assertThat(free.status()).as(free.err()).isZero();
        assertThat(free.out()).noneMatch(line -> line.contains("warning")).anyMatch(line -> line.startsWith("epoch 4"));
    }

    @ParameterizedTest
    @CsvSource({"--epochs 3", "--epochs 2", "--epochs 9 --steps 24"})
    void nothingLeftToTrainIsSaid(String limits) {
        Program resumed = Program.run("train --resume " + run + " -D checkpoint.enabled=false " + limits);

        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(resumed.out())
                .anyMatch(
                        line -> line.startsWith(
                                "warning: nothing is left to train: the checkpoint has 24 steps behind it, and the run ends after "));
    }
}
