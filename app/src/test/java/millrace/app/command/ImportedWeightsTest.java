package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights from elsewhere are evaluated and predict without any training, by the run file of their network. */
class ImportedWeightsTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");
    private Path weights = Path.of("");
    private String run = "";

    @BeforeEach
    void trainAndExport() throws IOException {
        file = folder.resolve("small.conf");
        Files.writeString(file, """
                name = small
                model.layers = [{ type = dense, units = 8 }, tanh, { type = dense, units = 3 }]
                data { set = iris, normalize = standard, validation = 0.1 }
                training { batch = 16, epochs = 3 }
                checkpoint.folder = "%s"
                """.formatted(folder.resolve("runs")));
        weights = folder.resolve("w.safetensors");
        Program trained = Program.done("train " + file);
        run = folder.resolve("runs").resolve(trained.event("start").getString("run")) + "/checkpoints/last";
        Program.done("export " + run + " --safetensors " + weights);
    }

    @Test
    void theFiguresAreThoseOfTheRunThatTheWeightsAreOf() {
        for (String set : List.of("train", "validation", "test")) {
            Program own = Program.done("evaluate " + run + " --set " + set);
            Program imported = Program.done("evaluate " + file + " --init " + weights + " --set " + set);
            for (String figure : List.of("loss", "accuracy", "auc")) {
                assertThat(imported.event("evaluation").getDouble(figure))
                        .isEqualTo(own.event("evaluation").getDouble(figure));
            }
            assertThat(imported.event("evaluation").getInt("step")).isZero();
            assertThat(imported.event("evaluation").getString("checkpoint")).isEqualTo(weights.toString());
        }
    }

    @Test
    void theyPredictAndAreExported() throws IOException {
        Path samples = folder.resolve("samples.csv");
        Files.writeString(samples, "5.1,3.5,1.4,0.2\n6.7,3.0,5.2,2.3\n");
        assertThat(Program.done("predict " + file + " " + samples + " --init " + weights)
                        .out())
                .isEqualTo(Program.done("predict " + run + " " + samples).out());
        Path again = folder.resolve("again.safetensors");
        Program.done("export " + file + " --init " + weights + " --safetensors " + again);
        assertThat(again).hasSameBinaryContentAs(weights);
        // nothing was trained, so there is no other run than the first
        assertThat(folder.resolve("runs")).isDirectoryContaining(path -> run.startsWith(path.toString()));
        try (var runs = Files.list(folder.resolve("runs"))) {
            assertThat(runs).hasSize(1);
        }
    }

    @Test
    void whatIsGivenForWhatIsSaid() throws IOException {
        Program.run("evaluate " + weights)
                .assertRefused(weights + ": weights without their network (expected: the folder of a checkpoint or of a"
                        + " run); or give both: RUNFILE --init " + weights);
        Program.run("evaluate " + file)
                .assertRefused(file + ": a network without weights (expected: the folder of a checkpoint or of a run);"
                        + " or give both: " + file + " --init WEIGHTS.safetensors");
        Program.run("evaluate " + run + " --init " + weights)
                .assertRefused("--init: " + weights + " beside the folder " + run + " (expected: a preset or run file");
        Program.run("evaluate digits --init " + weights).assertRefused("(expected: 32x64, layer 0 (dense));");
        Path downloaded = Files.createDirectory(folder.resolve("hf"));
        Files.copy(weights, downloaded.resolve("model.safetensors"));
        Program.run("train " + file + " --init " + downloaded)
                .assertRefused(downloaded + ": a folder with model.safetensors (expected: a safetensors file, or the"
                        + " folder of a checkpoint or run); name the file");
    }
}
