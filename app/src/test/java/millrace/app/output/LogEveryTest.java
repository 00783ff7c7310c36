package millrace.app.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every tenth of 45 steps is told, wherever that is asked for and wherever the run is; eight steps an epoch. */
@Timeout(value = 180, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Order(1)
class LogEveryTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void writeTheRunFile() throws IOException {
        file = run("", "small.conf");
    }

    private Path run(String training, String name) throws IOException {
        return Files.writeString(folder.resolve(name), """
            name = small
            model.layers = [{ type = dense, units = 8 }, relu, { type = dense, units = 3 }]
            data { set = iris, normalize = standard }
            training { batch = 16, epochs = 9, steps = 45, optimizer { name = sgd, lr = 0.1 }, %s }
            pipeline { stages = 2, micro-batches = 2 }
            checkpoint.folder = "%s"
            """.formatted(training, folder.resolve("runs")));
    }

    private static List<Integer> told(Program program) {
        return Program.events(program.out(), "step").stream()
                .map(step -> step.getInt("step"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " --sequential", " --simulate-cluster 2"})
    void inARunFile(String where) throws IOException {
        Path asking = run("log-every = 10", "asking.conf");

        assertThat(told(Program.done("train " + asking + where))).containsExactly(10, 20, 30, 40);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " --sequential"})
    void asAnOverride(String where) {
        assertThat(told(Program.done("train " + file + " -D training.log-every=10" + where)))
                .containsExactly(10, 20, 30, 40);
    }

    /** The option is the same setting, and a stronger one, as all options are; the saved run has it. */
    @Test
    void asAnOption() throws IOException {
        Path asking = run("log-every = 7", "asking.conf");

        Program program = Program.done("train " + asking + " --log-every 10");

        assertGoesOnWithTheOption(program);
    }

    private void assertGoesOnWithTheOption(Program program) throws IOException {
        assertThat(told(program)).containsExactly(10, 20, 30, 40);
        Path saved = folder.resolve("runs")
                .resolve(program.event("start").getString("run"))
                .resolve("run.conf");
        assertThat(Files.readString(saved)).containsPattern("log-every ?= ?10");
        assertThat(told(Program.done("train --steps 60 --resume " + saved.getParent())))
                .containsExactly(50, 60);
    }

    /**
     * Each output has its own; between nodes those that any of them asks for are told. The option is stronger than what is given
     * by -D, and that than the file, on a cluster as elsewhere.
     */
    @Test
    void logsHaveTheirOwnStepsOnAClusterToo() throws IOException {
        Path asking = run("log-every = 7", "asking.conf");
        Path logs = folder.resolve("logs");

        Program program =
                Program.done("train " + asking + " --log-every 10 -D training.log-every=8 --logs csv -D logs.every=15"
                        + " --simulate-cluster 2 --log-dir " + logs);

        assertThat(Files.readAllLines(logs.resolve("steps.csv")).stream()
                        .skip(1)
                        .map(row -> row.split(",", -1)[0]))
                .containsExactly("15", "30", "45");
        assertGoesOnWithTheOption(program);
    }

    @Test
    void aFileIsToldAsAPersonReadsIt() {
        Program program = Program.run("train " + file + " -D training.log-every=20");

        assertThat(program.out().stream().filter(line -> line.startsWith("step ")))
                .satisfiesExactly(
                        first -> assertThat(first).matches("step 20: loss \\d\\.\\d{6}"),
                        second -> assertThat(second).matches("step 40: loss \\d\\.\\d{6}"));
    }

    @Test
    void whatIsNoNumberOfStepsIsRefused() {
        Program.run("train " + file + " -D training.log-every=-1")
                .assertRefused("training.log-every: -1 (expected: 0 or more steps)");
        Program.run("train " + file + " --log-every -1").assertRefused("--log-every: -1 (expected: 0 or more)");
    }

    /** Where no step is told, the option would be taken and do nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"simulate 1f1b --ranks 2 --micro-batches 4", "summary digits", "presets"})
    void commandsThatTellNoStepsDoNotTakeIt(String command) {
        Program.run(command + " --log-every 10").assertRefused("--log-every");
    }
}
