package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
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
                training { batch = 16, epochs = 1, optimizer { name = sgd, lr = 0.1 } }
                pipeline { stages = 2, micro-batches = 2 }
                checkpoint.folder = "%s"
                """.formatted(folder.resolve("runs")));
    }

    private Path runFolder(Program trained) {
        return folder.resolve("runs").resolve(trained.event("start").getString("run"));
    }

    @Test
    void theWeightsOfARunGoOutAndInAgain() {
        Program trained = Program.done("train " + file);
        Path weights = folder.resolve("w.safetensors");

        Program exported = Program.done("export " + runFolder(trained) + " --safetensors " + weights);

        String digest = trained.digest();
        assertThat(exported.event("exported").getString("weights_sha256")).isEqualTo(digest);
        // a step that is too small to change a weight
        Program begun = Program.done("train " + file + " --lr 1e-30 --steps 1 --init " + weights);
        assertThat(begun.digest()).isEqualTo(digest);
        assertThat(begun.event("done").getDouble("test_loss"))
                .isEqualTo(trained.event("done").getDouble("test_loss"));
    }

    @Test
    void runningMeansGoOutAndInAgain() {
        String normalized = "train " + file
                + " -D model.layers=[{type=dense,units=8},{type=batch-norm,momentum=%s},relu,{type=dense,units=3}]";
        Program trained = Program.done(normalized.formatted("0.1"));
        Path weights = folder.resolve("w.safetensors");
        Program.done("export " + runFolder(trained) + " --safetensors " + weights);

        // a step that changes neither a weight nor a running mean
        Program begun = Program.done(normalized.formatted("0") + " --lr 1e-30 --steps 1 --init " + weights);

        assertThat(begun.event("done").getDouble("test_loss"))
                .isEqualTo(trained.event("done").getDouble("test_loss"));
    }

    @Test
    void weightsOfAnotherNetworkAreOneLine() {
        Path weights = folder.resolve("w.safetensors");
        Program.done("export " + runFolder(Program.done("train " + file)) + " --safetensors " + weights);

        Program refused = Program.run("train " + file + " --init " + weights
                + " -D model.layers=[{type=dense,units=9},relu,{type=dense,units=3}]");

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .isEqualToIgnoringNewLines(
                        "error: " + weights + ": 0.weight has shape 8x4 (expected: 9x4, layer 0 (dense));"
                                + " is it of another network? Linear weights are out x in; it holds 4 tensors:"
                                + " 0.weight 8x4, 0.bias 8, 2.weight 3x8, 2.bias 3");
        assertThat(refused.out()).isEmpty();
    }

    @Test
    void somethingHasToBeAskedFor() {
        Program asked = Program.run("export " + folder);

        assertThat(asked.status()).isEqualTo(2);
        assertThat(asked.err())
                .isEqualToIgnoringNewLines(
                        "error: export: nothing to write (expected: --safetensors FILE, --onnx FILE, or both)");
    }
}
