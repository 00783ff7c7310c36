package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.app.config.RunFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The textbook programs, as a user runs them. */
class PresetsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void linregLearnsTheTrueLine() {
        Program program = Program.run("train", "linreg", "-D", "checkpoint.enabled=false");
        assertThat(program.status()).as(program.err()).isZero();
        String learned = program.lines().getLast();
        assertThat(learned).startsWith("learned: weight ").endsWith("true: weight 2.0000, bias 0.0000");
        double weight = Double.parseDouble(learned.substring(16, learned.indexOf(',')));
        assertThat(weight).isBetween(1.95, 2.05);
    }

    @ParameterizedTest
    @CsvSource({"digits, 0.95", "binary, 0.93"})
    void classifiersReachTheirAccuracy(String preset, double accuracy) {
        Program program = Program.run("train", preset, "--json", "-D", "checkpoint.enabled=false");
        assertThat(program.status()).as(program.err()).isZero();
        assertThat(Double.parseDouble(program.last("test_accuracy"))).isGreaterThan(accuracy);
    }

    @Test
    void oneEpochOfMnistReaches93Percent() {
        Program program =
                Program.run("train", "--epochs", "1", "--seed", "1", "--json", "-D", "checkpoint.enabled=false");
        assertThat(program.status()).as(program.err()).isZero();
        assertThat(program.lines().getFirst()).contains("\"event\":\"start\"", "\"parameters\":203530");
        assertThat(Double.parseDouble(program.last("test_accuracy"))).isGreaterThan(0.93);
        assertThat(program.last("steps")).isEqualTo("938");
    }

    @Test
    void everyPresetHasASummary() {
        for (String preset : RunFile.PRESETS) {
            Program program = Program.run("summary", preset);
            assertThat(program.status()).as(program.err()).isZero();
            assertThat(program.out()).contains("parameters");
        }
        assertThat(Program.run("presets").out()).contains(RunFile.PRESETS);
        assertThat(Program.run("schedules", "--json").out()).contains("gpipe", "1f1b");
    }

    @Test
    void checkpointsCanBeEvaluatedResumedAndPredictedWith() throws IOException {
        String runs = "checkpoint.folder=" + folder.resolve("runs");
        Program whole = Program.run("train", "digits", "--epochs", "4", "--json", "-D", runs);
        Program half = Program.run("train", "digits", "--epochs", "2", "--json", "-D", runs);
        Path first = runFolder(half);
        Program resumed = Program.run("train", "--resume", first.toString(), "--epochs", "4", "--json", "-D", runs);
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(resumed.last("weights_sha256")).isEqualTo(whole.last("weights_sha256"));

        Program evaluated = Program.run("evaluate", runFolder(whole).toString(), "--json");
        assertThat(evaluated.status()).as(evaluated.err()).isZero();
        assertThat(evaluated.out()).contains("\"confusion\":[[");
        assertThat(Program.run("evaluate", runFolder(whole).toString()).out()).contains("recall");

        Path samples = folder.resolve("samples.csv");
        Files.writeString(samples, ("0.5,".repeat(63) + "0.5\n").repeat(3));
        Program predicted = Program.run("predict", runFolder(whole).toString(), samples.toString(), "--json");
        assertThat(predicted.status()).as(predicted.err()).isZero();
        assertThat(predicted.lines()).hasSize(3);
        assertThat(predicted.lines().getFirst()).contains("\"row\":0", "\"class\":", "\"probability\":");
    }

    @Test
    void runFilesAreRead() throws IOException {
        Path file = folder.resolve("iris.conf");
        Files.writeString(file, """
                name = iris
                model.layers = [{ type = dense, units = 8 }, tanh, { type = dropout, p = 0.1 }, { type = dense, units = 3 }]
                data { set = iris, normalize = standard }
                training { batch = 8, epochs = 30, optimizer { name = adamw, lr = 0.01 }, lr-schedule { name = cosine, length = 30 } }
                pipeline.micro-batches = 2
                """);
        Program program = Program.run("train", file.toString(), "--json", "-D", "checkpoint.enabled=false");
        assertThat(program.status()).as(program.err()).isZero();
        assertThat(Double.parseDouble(program.last("test_accuracy"))).isGreaterThan(0.85);
    }

    private Path runFolder(Program trained) {
        String start = trained.lines().getFirst();
        int at = start.indexOf("\"run\":\"") + 7;
        return folder.resolve("runs").resolve(start.substring(at, start.indexOf('"', at)));
    }
}
