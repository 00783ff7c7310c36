package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnusedSettingsTest {
    @TempDir
    private Path folder = Path.of("");

    private void resolve(String file, String... overrides) {
        try {
            Path written = Files.writeString(folder.resolve("run.conf"), file);
            RunFile.resolve(written.toString(), List.of(overrides), Map.of());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "data.csv.file = d.csv | data.csv.file: d.csv has no effect here (expected: data.set = csv)",
                "data.csv.separator = tab | data.csv.separator: tab has no effect here (expected: data.set = csv)",
                "data { set = iris, idx.train-images = a } | data.idx.train-images: a has no effect here",
                "data { set = iris, text = a.txt } | data.set: iris has no effect here (expected: no data.text beside it)",
                "data { set = digits, test = 0.3 } | data.test: 0.3 has no effect here (expected: data that has no test set",
                "data.context = 7 | data.context: 7 has no effect here (expected: a text as data)",
                "training.optimizer { name = adam, momentum = 0.9 } | training.optimizer.momentum: 0.9 has no effect here"
                        + " (expected: training.optimizer.name = sgd or rmsprop)",
                "training.lr-schedule { name = step, floor = 0.1 } | training.lr-schedule.floor: 0.1 has no effect here",
                "pipeline { schedule = gpipe, accumulate = 2 } | pipeline.accumulate: 2 has no effect here (expected:"
                        + " pipeline.schedule = async-1f1b or greedy)",
                "training.lr-schedule.plateau.factor = 0.5 | training.lr-schedule.plateau.factor: 0.5 has no effect here"
            })
    void whatAFileSaysInVainIsRefused(String file, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> resolve(file))
                .withMessageStartingWith(message)
                .withMessageEndingWith("; set that, or leave it out");
    }

    @Test
    void whatIsGivenOnTopMayTakeTheEffectAway() {
        String sgd = "training.optimizer { name = sgd, momentum = 0.9, nesterov = true }";

        assertThatNoException().isThrownBy(() -> resolve(sgd, "training.optimizer.name=adam"));
        assertThatNoException()
                .isThrownBy(
                        () -> RunFile.resolve("mlp-mnist", List.of("training.lr-schedule.name=constant"), Map.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> resolve(sgd, "training.optimizer.beta1=0.8"))
                .withMessageStartingWith("training.optimizer.beta1: 0.8 has no effect here");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RunFile.resolve("mlp-mnist", List.of("data.csv.file=d.csv"), Map.of()))
                .withMessageStartingWith("data.csv.file: d.csv has no effect here");
    }

    @Test
    void aSavedRunFileSaysEverythingAndIsNotRefused() {
        String saved = RunFile.render(RunFile.resolve("digits", List.of(), Map.of()));

        assertThatNoException().isThrownBy(() -> resolve(saved));
    }

    /** In whatever company: a block of another set is refused, and the set's own never. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void onlyTheBlockOfTheSetHasAnEffect(long seed) {
        Random random = new Random(seed);
        Map<String, String> blocks = Map.of(
                "csv", "data.csv.drop = [\"a\"]",
                "idx", "data.idx.train-images = i",
                "linear", "data.linear.slope = 7",
                "random", "data.random.features = 7");
        List<String> sets = List.of("csv", "idx", "linear", "random", "iris", "mnist");
        String set = sets.get(random.nextInt(sets.size()));
        String block = new ArrayList<>(new TreeSet<>(blocks.keySet())).get(random.nextInt(4));
        String file = random.nextBoolean()
                ? "data.set = " + set + "\n" + blocks.get(block)
                : blocks.get(block) + "\ndata.set = " + set;

        if (set.equals(block)) {
            assertThatNoException().as("seed %d", seed).isThrownBy(() -> resolve(file));
        } else {
            assertThatIllegalArgumentException()
                    .as("seed %d", seed)
                    .isThrownBy(() -> resolve(file))
                    .withMessageStartingWith("data." + block + ".");
        }
    }
}
