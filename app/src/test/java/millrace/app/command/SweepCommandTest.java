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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepCommandTest {
    private static final String LR = " --grid training.optimizer.lr=";

    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void writeTheRunFile() throws IOException {
        file = folder.resolve("small.conf");
        Files.writeString(file, """
                name = small
                model.layers = [{ type = dense, units = 8 }, tanh, { type = dense, units = 3 }]
                data { set = iris, normalize = standard }
                training { batch = 16, epochs = 2, optimizer { name = sgd, momentum = 0.9 } }
                training.lr-schedule { name = cosine }
                pipeline { stages = 2, micro-batches = 2 }
                checkpoint.folder = "%s"
                """.formatted(folder.resolve("runs")));
    }

    private Program swept(String words) {
        return Program.done("sweep " + file + words);
    }

    private static List<Config> trials(Program program) {
        return Program.events(program.out(), "trial");
    }

    @Test
    void everyCombinationIsARunAsTrainMakesIt() {
        Program sweep = swept(LR + "0.001,0.1 --grid training.batch=8,16 --epochs 1");

        assertThat(trials(sweep))
                .extracting(trial -> trial.getString("settings.\"training.optimizer.lr\"") + " "
                        + trial.getString("settings.\"training.batch\""))
                .containsExactly("0.001 8", "0.001 16", "0.1 8", "0.1 16");
        assertThat(trials(sweep)).extracting(trial -> trial.getString("status")).containsOnly("done");
        Program alone = Program.done("train " + file + " --lr 0.1 --batch 8 --epochs 1");
        assertThat(trials(sweep).get(2).getDouble("test_loss"))
                .isEqualTo(alone.event("done").getDouble("test_loss"));
        Config best = sweep.event("best");
        assertThat(best.getString("by")).isEqualTo("test-accuracy");
        assertThat(trials(sweep))
                .allSatisfy(trial ->
                        assertThat(trial.getDouble("objective")).isLessThanOrEqualTo(best.getDouble("objective")));
        assertThat(Path.of(best.getString("run")).resolve("run.conf")).exists();
    }

    @Test
    void theSameSeedDrawsTheSameTrials() {
        String words = LR + "1e-4..1 --grid training.batch=8,16 --random 4 --epochs 1 --seed ";
        Program first = swept(words + 5);

        assertThat(trials(swept(words + 5)))
                .extracting(trial -> trial.getConfig("settings") + " " + trial.getDouble("loss"))
                .isEqualTo(trials(first).stream()
                        .map(trial -> trial.getConfig("settings") + " " + trial.getDouble("loss"))
                        .toList());
        assertThat(trials(swept(words + 6)).getFirst().getConfig("settings"))
                .isNotEqualTo(trials(first).getFirst().getConfig("settings"));
    }

    /** The same figures that runs of these seeds have alone, and their mean and standard deviation. */
    @Test
    void repeatsTellMeansAndSpreadsOfSeeds() {
        Path chart = folder.resolve("chart.svg");
        Program sweep = swept(LR + "0.001,0.1 --repeats 3 --seed 5 --epochs 1 --chart " + chart);

        assertThat(trials(sweep))
                .extracting(trial -> trial.getInt("settings.\"training.seed\""))
                .containsExactly(5, 6, 7, 5, 6, 7);
        List<Config> means = Program.events(sweep.out(), "mean");
        assertThat(means).hasSize(2);
        for (Config mean : means) {
            List<Double> losses = mean.getIntList("trials").stream()
                    .map(number -> trials(sweep).get(number - 1).getDouble("test_loss"))
                    .toList();
            double middle = losses.stream().mapToDouble(loss -> loss).average().orElseThrow();
            double squares = losses.stream()
                    .mapToDouble(loss -> (loss - middle) * (loss - middle))
                    .sum();
            assertThat(mean.getInt("n")).isEqualTo(3);
            assertThat(mean.getDouble("test_loss")).isCloseTo(middle, within(1e-9));
            assertThat(mean.getDouble("test_loss_sd")).isCloseTo(Math.sqrt(squares / 2), within(1e-9));
        }
        assertThat(means.getFirst().getIntList("trials"))
                .contains(sweep.event("best").getInt("trial"));
        assertThat(chart).content().contains("test-accuracy (mean +- standard deviation, n = 3 seeds)");
    }

    /** Those that go on end with what a run that was never stopped ends with, cosine included. */
    @Test
    void halvingGoesOnFromCheckpoints() {
        Program sweep = swept(LR + "0.0001,0.001,0.01,0.05 --halving --eta 2 --min-epochs 2 --epochs 8"
                + " --objective test-loss --csv " + folder.resolve("sweep.csv"));

        assertThat(trials(sweep)).extracting(trial -> trial.getInt("epochs")).containsExactly(2, 2, 2, 2, 4, 4, 8);
        Config best = sweep.event("best");
        String rate = best.getString("settings.\"training.optimizer.lr\"");
        Program alone = Program.done("train " + file + " --epochs 8 --lr " + rate);
        assertThat(best.getDouble("test_loss")).isEqualTo(alone.event("done").getDouble("test_loss"));
        assertThat(folder.resolve("sweep.csv"))
                .content()
                .satisfies(csv -> assertThat(csv.lines().map(line -> line.split(",")[2]))
                        .hasSize(5)
                        .contains("status", "dropped", "done"))
                .satisfies(csv -> assertThat(csv.lines().filter(line -> line.contains(",dropped,")))
                        .hasSize(3));
    }

    @Test
    void trialsThatDivergeOrDoNotFitAreShownAndTheOthersGoOn() throws IOException {
        Path csv = folder.resolve("sweep.csv");
        Program sweep = Program.run("sweep " + file
                + " --grid training.optimizer.lr=1e60,0.1 --grid pipeline.micro-batches=2,7 --epochs 1 --csv " + csv);

        assertThat(sweep.status()).as(sweep.err()).isZero();
        List<String> rows = Files.readAllLines(csv);
        assertThat(rows.getFirst())
                .isEqualTo(
                        "trial,training.optimizer.lr,pipeline.micro-batches,status,epochs,steps,loss,validation_loss,"
                                + "validation_accuracy,test_loss,test_accuracy,objective,seconds,run,message");
        assertThat(rows.subList(1, 5))
                .extracting(row -> String.join(",", List.of(row.split(",")).subList(0, 4)))
                .containsExactly("1,1e60,2,diverged", "2,1e60,7,refused", "3,0.1,2,done", "4,0.1,7,refused");
        assertThat(sweep.out()).anyMatch(line -> line.startsWith("best: trial 3, "));
        assertThat(sweep.out()).anyMatch(line -> line.startsWith("trial  lr  ") || line.startsWith("trial    lr"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--epochs 1 | --grid: none (expected: one or more, as in --grid training.batch=32,64)",
                "--grid training.batc=1,2 | training.batc: unknown key (expected: one of ",
                "--grid training.batch | --grid training.batch (expected: key=v1,v2 or key=low..high",
                "--grid training.batch=8, | --grid training.batch=8, (expected: a value between any two commas)",
                "--grid training.batch=8..16 | --grid training.batch: a range (expected: a list such as",
                "--grid training.batch=8 --grid training.batch=16 | --grid training.batch: twice",
                "--grid training.optimizer.lr=0..1 --random 2 | (expected: low..high with 0 < low < high)",
                "--grid training.optimizer.lr=a..b --random 2 | no numbers (expected: low..high)",
                "--grid training.batch=8 --random 0 | --random: 0 (expected: 1 or more trials)",
                "--grid training.batch=8 --objective speed | --objective: speed (expected: one of validation-accuracy,",
                "--grid training.batch=8 --objective validation-loss | --objective: validation-loss without a validation",
                "--grid training.batch=8 --halving --eta 1 | --eta: 1, --min-epochs: 1 (expected: 2 or more of eta",
                "--grid training.batch=8 --halving --repeats 2 | --repeats: 2 beside --halving (expected: one of them)",
                "--grid training.batch=8 --repeats 0 | --repeats: 0 (expected: 1 or more seeds)",
                "--grid training.batch=8 --chart chart.gif | picture: chart.gif (expected: a file that ends in",
                "--grid training.batch=8 --halving -D checkpoint.enabled=false | --halving: checkpoint.enabled = false",
                "--grid pipeline.micro-batches=7 | no trial could be trained; micro-batches: 7"
            })
    void badInputIsOneLine(String words, String message) {
        Program.run("sweep " + file + " " + words).assertRefused(message);
    }
}
