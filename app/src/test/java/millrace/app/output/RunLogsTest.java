package millrace.app.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import millrace.app.Program;
import millrace.app.output.tensorboard.EventReader;
import millrace.app.output.tensorboard.EventReader.Scalar;
import millrace.app.output.tensorboard.EventReader.Spread;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the train command logs: eight steps an epoch, two epochs, two stages. */
class RunLogsTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");
    private Path logs = Path.of("");

    @BeforeEach
    void writeTheRunFile() throws IOException {
        file = folder.resolve("small.conf");
        logs = folder.resolve("logs");
        Files.writeString(file, """
            name = small
            model.layers = [{ type = dense, units = 8 }, relu, { type = dense, units = 3 }]
            data { set = iris, normalize = standard }
            training {
              batch = 16, epochs = 2, optimizer { name = sgd, lr = 0.1 }
              lr-schedule { name = step, every = 1, gamma = 0.5 }
            }
            pipeline { stages = 2, micro-batches = 2 }
            checkpoint.folder = "%s"
            """.formatted(folder.resolve("runs")));
    }

    private Program train(String options) {
        return Program.done("train " + file + " " + options);
    }

    private static List<Path> eventFiles(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(path -> path.getFileName().toString().startsWith("events.out.tfevents."))
                    .sorted()
                    .toList();
        }
    }

    private static List<Double> column(Path csv, String name) throws IOException {
        List<String> lines = Files.readAllLines(csv);
        int at = List.of(lines.getFirst().split(",", -1)).indexOf(name);
        return lines.stream()
                .skip(1)
                .map(line -> Double.valueOf(line.split(",", -1)[at]))
                .toList();
    }

    @Test
    void allThreeLogsHaveTheStepsOfTheRun() throws IOException {
        Program program = train("--logs tensorboard,csv,jsonl --log-every 1 --log-dir " + logs);

        List<Config> steps = Program.events(program.out(), "step");
        List<Double> losses = steps.stream().map(step -> step.getDouble("loss")).toList();
        List<Double> rates =
                IntStream.range(0, 16).mapToObj(step -> step < 8 ? 0.1 : 0.05).toList();
        assertThat(losses).hasSize(16);
        assertThat(steps.stream().map(step -> step.getDouble("lr"))).containsExactlyElementsOf(rates);

        assertThat(column(logs.resolve("steps.csv"), "loss")).isEqualTo(losses);
        assertThat(column(logs.resolve("steps.csv"), "lr")).isEqualTo(rates);
        assertThat(column(logs.resolve("steps.csv"), "samples_per_s")).allMatch(speed -> speed > 0);
        List<String> log = Files.readAllLines(logs.resolve("log.jsonl"));
        assertThat(log).isEqualTo(program.out());

        EventReader read = EventReader.read(eventFiles(logs).getFirst());
        assertThat(read.version).isEqualTo("brain.Event:2");
        assertThat(scalars(read, "train/loss"))
                .isEqualTo(
                        losses.stream().map(loss -> (double) loss.floatValue()).toList());
        assertThat(scalars(read, "train/lr"))
                .isEqualTo(
                        rates.stream().map(rate -> (double) rate.floatValue()).toList());
    }

    private static List<Double> scalars(EventReader read, String tag) {
        return read.scalars.stream()
                .filter(scalar -> scalar.tag().equals(tag))
                .map(Scalar::value)
                .toList();
    }

    @Test
    void epochsHaveEvaluationsHistogramsAndAtTheEndThePipelinesFigures() throws IOException {
        Program program = train("--logs tensorboard,csv --log-dir " + logs);

        List<Config> epochs = Program.events(program.out(), "epoch");
        assertThat(column(logs.resolve("epochs.csv"), "epoch")).containsExactly(1.0, 2.0);
        assertThat(column(logs.resolve("epochs.csv"), "step")).containsExactly(8.0, 16.0);
        assertThat(column(logs.resolve("epochs.csv"), "test_accuracy"))
                .isEqualTo(
                        epochs.stream().map(e -> e.getDouble("test_accuracy")).toList());
        EventReader read = EventReader.read(eventFiles(logs).getFirst());
        assertThat(read.scalars)
                .contains(new Scalar(8, "epoch/lr", 0.1f), new Scalar(16, "epoch/lr", 0.05f))
                .contains(
                        new Scalar(16, "test/accuracy", (float) epochs.getLast().getDouble("test_accuracy")))
                .contains(new Scalar(16, "pipeline/peak_activations/rank_0", 2))
                .contains(new Scalar(16, "pipeline/peak_activations/rank_1", 1))
                .filteredOn(scalar -> scalar.tag().matches("pipeline/(busy|bubble)/rank_.*"))
                .hasSize(4)
                .allMatch(scalar -> scalar.step() == 16 && scalar.value() > 0 && scalar.value() < 1);
        assertThat(read.histograms)
                .extracting(Spread::step, Spread::tag, Spread::count)
                .contains(tuple(8L, "weights/0.weight", 32.0), tuple(16L, "weights/2.bias", 3.0))
                .hasSize(8);
        assertThat(read.histograms).allMatch(spread -> spread.count() == spread.inBuckets());
    }

    /** They are read where the line stands: training is the same, and the reference has the same gradients. */
    @Test
    void gradientsAreHistogramsWhereTheyAreAskedFor() throws IOException {
        Path ofReference = logs.resolveSibling("reference");
        String asked = " -D logs.histograms=false --gradient-histograms --log-dir ";
        Program plain = train("--stages 1");

        Program line = train("--stages 2" + asked + logs);
        train("--sequential" + asked + ofReference);

        EventReader read = EventReader.read(eventFiles(logs).getFirst());
        assertThat(read.histograms)
                .extracting(Spread::step, Spread::tag, Spread::count)
                .contains(tuple(8L, "gradients/0.weight", 32.0), tuple(16L, "gradients/2.bias", 3.0))
                .hasSize(8);
        assertThat(read.histograms).allMatch(spread -> spread.max() > spread.min());
        assertThat(EventReader.read(eventFiles(ofReference).getFirst()).histograms)
                .isEqualTo(read.histograms);
        assertThat(line.digest()).isEqualTo(plain.digest());
    }

    @Test
    void aStreamLogsHowStaleItsGradientsWere() throws IOException {
        train("--schedule async-1f1b --log-dir " + logs);

        assertThat(EventReader.read(eventFiles(logs).getFirst()).scalars)
                .contains(new Scalar(16, "pipeline/staleness_max/stage_0", 1))
                .contains(new Scalar(16, "pipeline/staleness_max/stage_1", 0));
    }

    @Test
    void evaluationsWithinEpochsAreRowsOfTheirOwn() throws IOException {
        train("--logs csv --evaluate-every 5 --log-dir " + logs);

        assertThat(column(logs.resolve("evaluations.csv"), "step")).containsExactly(5.0, 8.0, 10.0, 15.0, 16.0);
        assertThat(column(logs.resolve("epochs.csv"), "step")).containsExactly(8.0, 16.0);
    }

    @Test
    void onlyEveryFewStepsAreLoggedIfAskedAndPrintedIndependently() throws IOException {
        Program program = train("--logs csv,jsonl -D logs.every=4 --log-every 6 --log-dir " + logs);

        assertThat(column(logs.resolve("steps.csv"), "step")).containsExactly(4.0, 8.0, 12.0, 16.0);
        assertThat(Program.events(program.out(), "step"))
                .extracting(e -> e.getInt("step"))
                .containsExactly(6, 12);
        assertThat(Program.events(Files.readAllLines(logs.resolve("log.jsonl")), "step"))
                .extracting(e -> e.getInt("step"))
                .containsExactly(4, 8, 12, 16);
    }

    @Test
    void withoutAFolderTheyAreInTheRunsOwn() throws IOException {
        Program program = train("--logs tensorboard");

        Path run = folder.resolve("runs").resolve(program.event("start").getString("run"));
        assertThat(eventFiles(run)).hasSize(1);
        assertThat(run.resolve("run.conf")).exists();
    }

    @Test
    void theWeightsAreTheSameWithAndWithoutLogs() {
        String logged = train("--log-dir " + logs).digest();
        assertThat(train("").digest()).isEqualTo(logged);
    }

    @Test
    void aRunThatGoesOnTakesItsLogsUp() throws IOException {
        train("--logs csv,jsonl,tensorboard --log-dir " + logs);
        List<Double> all = column(logs.resolve("steps.csv"), "loss");
        deleteLogs();
        Program first = train("--logs csv,jsonl,tensorboard --steps 11 --log-dir " + logs);
        Path run = folder.resolve("runs").resolve(first.event("start").getString("run"));
        // the first epoch's checkpoint: three steps that were logged are made again
        Path checkpoint = run.resolve("checkpoints/step-00000008");

        Program.done("train --steps 16 --resume " + checkpoint);

        assertThat(column(logs.resolve("steps.csv"), "loss")).isEqualTo(all);
        assertThat(column(logs.resolve("epochs.csv"), "step")).containsExactly(8.0, 16.0);
        List<EventReader> files = new ArrayList<>();
        for (Path path : eventFiles(logs)) {
            files.add(EventReader.read(path));
        }
        assertThat(files).hasSize(2);
        assertThat(files.getLast().restarts).containsExactly(9L);
        assertThat(files.getLast().scalars.getFirst().step()).isEqualTo(9);
    }

    private void deleteLogs() throws IOException {
        try (var files = Files.list(logs)) {
            for (Path path : files.toList()) {
                Files.delete(path);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--logs tensorbord | error: logs.formats: tensorbord (expected: any of tensorboard, csv, jsonl)",
                "--log-dir %s -D logs.every=0 | error: logs.every: 0 (expected: 1 or more steps)",
                "--logs csv -D checkpoint.enabled=false | error: logs.folder: none (expected: --log-dir DIR, since the"
                        + " run has no folder without checkpoints)",
            })
    void whatIsWrongIsOneLine(String options, String message) {
        Program program = Program.run("train " + file + " " + options.formatted(logs));

        assertThat(program.status()).isEqualTo(2);
        assertThat(program.err()).isEqualToIgnoringNewLines(message);
        assertThat(program.out()).isEmpty();
    }

    @Test
    void logsOfAnotherRunAreLeftAlone() throws IOException {
        train("--logs csv --log-dir " + logs);
        String before = Files.readString(logs.resolve("steps.csv"));

        Program second = Program.run("train " + file + " --logs tensorboard --log-dir " + logs);

        assertThat(second.status()).isEqualTo(2);
        assertThat(second.err())
                .startsWith("error: log folder: " + logs + " has ")
                .contains("(expected: a folder without logs); choose another --log-dir");
        assertThat(Files.readString(logs.resolve("steps.csv"))).isEqualTo(before);
        assertThat(eventFiles(logs)).isEmpty();
    }
}
