package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings that can be trained and mean nothing, or little, by the command line. */
class UnsuitableSettingsTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void writeTheRunFile() throws IOException {
        file = folder.resolve("small.conf");
        Files.writeString(folder.resolve("shares.csv"), "0.5,0\n0.2,1\n0.7,0.25\n0.1,1.75\n0.3,0.5\n".repeat(4));
        Files.writeString(file, """
                name = small
                model.layers = [{ type = dense, units = 4 }, relu, { type = dense, units = 3 }]
                data { set = iris, normalize = standard }
                training { batch = 8, epochs = 1, optimizer { name = adam, lr = 0.01 } }
                pipeline { stages = 1, micro-batches = 2 }
                checkpoint.enabled = false
                """);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-D training.class-weights=[0,0,0] | class weights: [0.0, 0.0, 0.0] (expected: one or more above 0,",
                "-D training.lr-schedule.name=one-cycle -D training.optimizer.beta1=0.9 --steps 1 | one-cycle steps: 1"
                        + " (expected: 2 or more,",
                "-D training.early-stopping=-1 | early stopping: -1 epochs without improvement (expected: 1 or more)",
                "--micro-batches 8 -D model.layers=[{type=dense,units=8},batch-norm,relu,{type=dense,units=3}] | layer 1"
                        + " (batch-norm): 1 value a channel in every micro-batch (expected: 2 or more,",
            })
    void whatTrainsNothingIsRefused(String options, String message) {
        Program.run("train " + file + " " + options).assertRefused(message);
    }

    @Test
    void targetsThatAreNoProbabilitiesAreRefused() {
        String csv = " -D data.set=csv -D data.csv.header=false -D data.csv.task=regression -D data.normalize=none"
                + " -D model.layers=[{type=dense,units=1}] -D data.csv.file=" + folder.resolve("shares.csv");

        Program refused = Program.run("train " + file + csv + " -D training.loss=binary-cross-entropy");

        refused.assertRefused(": 1.75 (expected: 0 to 1, the loss is binary-cross-entropy);");
        assertThat(refused.out()).isEmpty();
        assertThat(Program.run("train " + file + csv + " -D training.loss=mse").status())
                .isZero();
    }

    @Test
    void aSoftmaxBeforeCrossEntropyIsToldOf() {
        Program told = Program.run(
                "train " + file + " -D model.layers=[{type=dense,units=4},relu,{type=dense,units=3},softmax]");

        assertThat(told.status()).as(told.err()).isZero();
        assertThat(told.out())
                .anyMatch(line -> line.startsWith("warning: layer 3 (softmax): probabilities for the loss cross-entropy"
                        + " (expected: logits, the loss has a softmax of its own;"));
    }

    @Test
    void aRunThatHoldsNothingBackStopsByItsTrainingLoss() {
        Program stopped = Program.done("train " + file + " -D data.set=csv -D data.test=0 -D data.csv.header=false"
                + " -D data.csv.task=regression -D model.layers=[{type=dense,units=1}] -D training.loss=mse"
                + " -D data.csv.file=" + folder.resolve("shares.csv")
                + " -D training.early-stopping=2 --epochs 9 --optimizer sgd --lr 1e-30");

        assertThat(Program.events(stopped.out(), "epoch")).hasSizeLessThan(9);
        assertThat(stopped.event("done").getString("reason")).isEqualTo("stopped early");
    }
}
