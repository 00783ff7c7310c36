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

/** {@code data.augment} of a run file. */
class AugmentTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void writeTheRunFile() throws IOException {
        file = folder.resolve("small.conf");
        Files.writeString(file, """
                name = small
                model.input = [1, 8, 8]
                model.layers = [{ type = conv2d, channels = 4, size = 3 }, relu, flatten, { type = dense, units = 10 }]
                data { set = digits, normalize = standard }
                data.augment = [{ type = random-crop, padding = 1 }, { type = random-horizontal-flip, p = 0.3 }]
                training { batch = 64, epochs = 3, optimizer { name = adam, lr = 0.01 } }
                pipeline { stages = 2, micro-batches = 4 }
                checkpoint.folder = "%s"
                """.formatted(folder.resolve("runs")));
    }

    @Test
    void thePipelineTheReferenceAndARunThatGoesOnHaveTheSameWeights() {
        Program whole = Program.done("train " + file);

        assertThat(Program.done("train " + file + " --sequential").digest()).isEqualTo(whole.digest());
        Program begun = Program.done("train " + file + " --steps 31");
        Path run = folder.resolve("runs").resolve(begun.event("start").getString("run"));
        Program resumed = Program.done("train --resume " + run + " --steps 0 --stages 1");
        assertThat(resumed.digest()).isEqualTo(whole.digest());
        assertThat(Program.done("train " + file + " -D data.augment=[]").digest())
                .isNotEqualTo(whole.digest());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-D data.augment=[mixup] | data.augment: mixup (expected: any of random-crop, random-horizontal-flip)",
                "-D data.augment=random-crop | data.augment: random-crop (expected: a list, as in",
                "-D data.augment=[random-crop] | data.augment: random-crop (expected: with its padding, as in { type =",
                "-D data.augment=[{type=random-crop,size=4}] | data.augment: size (expected: a key of random-crop: padding)",
                "-D data.augment=[{type=random-crop,padding=0}] | random-crop padding: 0 (expected: 1 or more)",
                "-D data.augment=[{type=random-horizontal-flip,p=2}] | random-horizontal-flip p: 2.0 (expected: 0 to 1)",
                "-D data.augment=[{type=random-horizontal-flip,p=often}] | p: ",
                "-D model.input=[64] -D model.layers=[{type=dense,units=10}] | random-crop: samples of 64 (expected: images,"
            })
    void badInputIsOneLine(String words, String message) {
        Program.run("train " + file + " " + words).assertRefused(message);
    }

    @Test
    void tokensAreNotAugmented() {
        Program refused = Program.run("train lstm-char -D data.augment=[random-horizontal-flip]");

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .contains("with a model that takes tokens (expected: none, or a model that takes values)");
    }
}
