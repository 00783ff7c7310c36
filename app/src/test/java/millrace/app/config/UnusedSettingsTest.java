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
                "pipeline { schedule = 1f1b, cost = c.conf } | pipeline.cost: c.conf has no effect here (expected:"
                        + " pipeline.schedule = zb-1p or zb-2p or greedy-list or repetend or shortest)",
                "pipeline { stages = 4, ranks = 2 } | pipeline.stages: 4 has no effect here (expected: no pipeline.ranks beside it",
                "pipeline { stages = layers, ranks = 2 } | pipeline.stages: layers has no effect here",
                "pipeline { schedule = own.csv, micro-batches = 8 } | pipeline.micro-batches: 8 has no effect here",
                "pipeline { schedule = own.csv, replicas = 2 } | pipeline.replicas: 2 has no effect here",
                "pipeline { micro-batches = 8, flush-micro-batches = 2 } | pipeline.flush-micro-batches: 2 has no effect here",
                "pipeline { stages = 1, messages = bf16 } | pipeline.messages: bf16 has no effect here (expected: two stages or"
                        + " more, which send each other messages)",
                "pipeline { schedule = async-1f1b, ranks = 1, messages = bf16 } | pipeline.messages: bf16 has no effect here",
                "pipeline { ranks = 1, chunks = 1, messages = bf16 } | pipeline.messages: bf16 has no effect here",
                "logs.every = 10 | logs.every: 10 has no effect here (expected: logs.formats or logs.folder)",
                "logs { formats = [csv], histograms = false } | logs.histograms: false has no effect here (expected:"
                        + " logs.formats = [tensorboard])",
                "checkpoint { enabled = false, keep = 5 } | checkpoint.keep: 5 has no effect here",
                "training.lr-schedule { per = step } | training.lr-schedule.per: step has no effect here",
                "training.optimizer.decay-biases = false | training.optimizer.decay-biases: false has no effect here",
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
        assertThatNoException().isThrownBy(() -> resolve("pipeline.messages = bf16", "pipeline.stages=1"));
        assertThatNoException()
                .isThrownBy(() ->
                        resolve("pipeline { schedule = interleaved-1f1b, stages = auto, ranks = 1, messages = bf16 }"));
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
    void whatAgreesIsNotRefused() {
        for (String file : List.of(
                "logs { folder = elsewhere, every = 10, histograms = false }",
                "training.lr-schedule { warm-up = 5, per = step }",
                "training.optimizer { name = adamw, decay-biases = false }")) {
            assertThatNoException().as(file).isThrownBy(() -> resolve(file));
        }
    }

    @Test
    void aSavedRunFileSaysEverythingAndIsNotRefused() {
        String saved = RunFile.render(RunFile.resolve("digits", List.of(), Map.of()));

        assertThatNoException().isThrownBy(() -> resolve(saved));
    }

    /** A setting with what decides about it: the values that let it have an effect, and those that do not. */
    private record Case(String setting, String decider, List<String> with, List<String> without) {
        String key() {
            return setting.substring(0, setting.indexOf('='));
        }
    }

    private static final List<Case> CASES = List.of(
            new Case("data.csv.separator=tab", "data.set", List.of("csv"), List.of("iris", "mnist", "linear")),
            new Case("data.linear.noise=7", "data.set", List.of("linear"), List.of("iris", "csv", "random")),
            new Case("data.validation=0.1", "data.set", List.of("iris", "csv"), List.of("random")),
            new Case("data.test=0.3", "data.set", List.of("csv", "linear"), List.of("iris", "idx")),
            new Case(
                    "training.optimizer.momentum=0.9",
                    "training.optimizer.name",
                    List.of("sgd", "rmsprop"),
                    List.of("adam", "adamw", "nadam", "adagrad")),
            new Case(
                    "training.optimizer.beta2=0.9",
                    "training.optimizer.name",
                    List.of("adam", "nadamw"),
                    List.of("sgd", "adagrad")),
            new Case("training.lr-schedule.gamma=0.5", "training.lr-schedule.name", List.of("step"), List.of("cosine")),
            new Case(
                    "training.lr-schedule.per=step",
                    "training.lr-schedule.name",
                    List.of("cosine", "exponential"),
                    List.of("constant", "plateau")),
            new Case(
                    "pipeline.flush-micro-batches=2",
                    "pipeline.schedule",
                    List.of("gpipe", "1f1b"),
                    List.of("async-1f1b", "x.csv")),
            new Case("pipeline.weights=live", "pipeline.schedule", List.of("async-1f1b"), List.of("gpipe", "x.csv")),
            new Case("pipeline.ranks=2", "pipeline.schedule", List.of("gpipe", "greedy"), List.of("x.csv")),
            new Case("pipeline.micro-batches=2", "pipeline.schedule", List.of("1f1b"), List.of("x.csv")),
            new Case("pipeline.stages=2", "pipeline.ranks", List.of("null"), List.of("2", "3")),
            new Case("logs.every=5", "logs.folder", List.of("here"), List.of("null")),
            new Case("logs.histograms=false", "logs.formats", List.of("[tensorboard]"), List.of("[csv]", "[]")));

    /** Wherever the two stand: refused where the setting has no effect, unless what decides was given on top of it. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whateverDecidesAndWhereverItStands(long seed) {
        Random random = new Random(seed);
        for (Case c : CASES) {
            boolean effect = random.nextBoolean();
            List<String> values = effect ? c.with : c.without;
            String decides = c.decider + "=" + values.get(random.nextInt(values.size()));
            boolean settingOnTop = random.nextBoolean();
            boolean deciderOnTop = random.nextBoolean();
            List<String> file = new ArrayList<>();
            List<String> given = new ArrayList<>();
            (settingOnTop ? given : file).add(c.setting);
            (deciderOnTop ? given : file).add(decides);
            String input = "seed " + seed + ": " + file + " -D " + given;

            if (effect || (deciderOnTop && !settingOnTop)) {
                assertThatNoException()
                        .as(input)
                        .isThrownBy(() -> resolve(String.join("\n", file), given.toArray(String[]::new)));
            } else {
                assertThatIllegalArgumentException()
                        .as(input)
                        .isThrownBy(() -> resolve(String.join("\n", file), given.toArray(String[]::new)))
                        .withMessageStartingWith(c.key() + ": ")
                        .withMessageContaining(" has no effect here (expected: ");
            }
        }
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
