package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.nn.data.Dataset;
import millrace.nn.model.TrainingSpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a user sets beside whatever else: it changes the settled run, or it is refused. Nothing is passed over in silence. */
class SettingsEffectTest {
    /** Values other than the defaults, for what is no number and no flag; a text that is not here is not tried. */
    private static final Map<String, String> TEXTS = Map.ofEntries(
            Map.entry("name", "other"),
            Map.entry("model.input", "[2, 2]"),
            Map.entry("data.text-samples", "lines"),
            Map.entry("data.normalize", "standard"),
            Map.entry("data.idx.train-images", "i.idx"),
            Map.entry("data.augment", "[{ type = random-horizontal-flip }]"),
            Map.entry("training.loss", "mae"),
            Map.entry("training.label-smoothing", "0.1"),
            Map.entry("training.class-weights", "balanced"),
            Map.entry("training.optimizer.name", "rmsprop"),
            Map.entry("training.optimizer.lr", "0.37"),
            Map.entry("training.optimizer.weight-decay", "0.03"),
            Map.entry("training.optimizer.beta1", "0.8"),
            Map.entry("training.optimizer.epsilon", "1e-5"),
            Map.entry("training.lr-schedule.name", "cosine"),
            Map.entry("training.lr-schedule.per", "step"),
            Map.entry("training.lr-schedule.length", "7"),
            Map.entry("training.lr-schedule.one-cycle.anneal", "linear"),
            Map.entry("training.lr-schedule.plateau.threshold-mode", "abs"),
            Map.entry("training.precision", "bf16"),
            Map.entry("training.batch", "24"),
            Map.entry("training.clip-value", "0.5"),
            Map.entry("training.clip-norm", "0.5"),
            Map.entry("training.clip-norm-per-stage", "0.5"),
            Map.entry("training.non-finite-gradients", "skip"),
            Map.entry("pipeline.stages", "1"),
            Map.entry("pipeline.ranks", "1"),
            Map.entry("pipeline.chunks", "2"),
            Map.entry("pipeline.schedule", "gpipe"),
            Map.entry("pipeline.cost", "costs.conf"),
            Map.entry("pipeline.link", "latency=2ms"),
            Map.entry("pipeline.messages", "bf16"),
            Map.entry("pipeline.micro-batches", "2"),
            Map.entry("pipeline.flush-micro-batches", "2"),
            Map.entry("pipeline.accumulate", "3"),
            Map.entry("pipeline.weights", "live"),
            Map.entry("pipeline.correct", "t1=5"),
            Map.entry("logs.formats", "[csv]"),
            Map.entry("logs.folder", "elsewhere"),
            Map.entry("checkpoint.folder", "elsewhere"),
            Map.entry("checkpoint.interval", "7s"),
            Map.entry("checkpoint.shared", "no"));

    /**
     * What is filled in when a run is saved; what the samples decide, as the encoding of a file that is ASCII; and what a cluster
     * alone goes by, on which the same run file may be trained.
     */
    private static final List<String> OTHERS =
            List.of("data.saved.", "data.normalization.", "data.vocabulary", "data.csv.", "pipeline.workers");

    private static final String LAYERS =
            "model.layers = [{ type = dense, units = 4 }, relu, { type = dense, units = %s }]%n";

    @TempDir
    private Path folder = Path.of("");

    private List<Path> files() throws IOException {
        Path text =
                Files.writeString(folder.resolve("t.txt"), "to be or not to be\n\nthat is the question\n".repeat(40));
        Path table = folder.resolve("d.csv");
        StringBuilder rows = new StringBuilder("a,b,y\n");
        for (int i = 0; i < 60; i++) {
            rows.append(i)
                    .append(',')
                    .append(i * i % 7)
                    .append(',')
                    .append(i % 5)
                    .append('\n');
        }
        Files.writeString(table, rows);
        List<Path> files = new ArrayList<>();
        for (String content : List.of(
                LAYERS.formatted("classes") + "data { set = iris, test = 0.2 }\ntraining { batch = 16, epochs = 3,"
                        + " optimizer { name = sgd, momentum = 0.9 } }\npipeline { stages = 2, micro-batches = 4 }",
                LAYERS.formatted("1")
                        + "data.set = linear\ntraining { batch = 16, loss = mse, epochs = 4, optimizer.name ="
                        + " adamw, lr-schedule { name = one-cycle } }\nlogs.formats = [tensorboard]\npipeline.ranks = 2",
                LAYERS.formatted("classes")
                        + "data { set = random, random { samples = 64, features = 4, classes = 3 } }\n"
                        + "training { batch = 16, optimizer { name = sgd }, lr-schedule { name = step } }\n"
                        + "pipeline { schedule = async-1f1b, stages = 2, micro-batches = 4 }",
                LAYERS.formatted("1")
                        + "data { set = csv, csv { file = \"%s\", label = y, task = regression } }\n".formatted(table)
                        + "training { batch = 16, loss = huber, optimizer { name = adagrad, weight-decay = 0.01 },"
                        + " lr-schedule { name = plateau } }\npipeline { schedule = zb-h1, ranks = 2, micro-batches = 4 }\n"
                        + "checkpoint.enabled = false",
                "model.layers = [{ type = embedding, vocabulary = classes, width = 4 }, { type = dense, units = classes }]\n"
                        + "data { text = \"%s\", context = 8 }\n".formatted(text)
                        + "training { batch = 16, optimizer.name = nadam, lr-schedule { name = cosine-restarts, length = 3 } }")) {
            files.add(Files.writeString(folder.resolve("run" + files.size() + ".conf"), content));
        }
        return files;
    }

    /** All that is settled before a run begins, as text; empty where the settings are refused. */
    private static Optional<String> settled(Path file, List<String> settings) {
        try {
            RunSetup setup = RunSetup.of(RunFile.resolve(file.toString(), settings, Map.of()));
            RunPlan plan = setup.plan(Start.FRESH);
            TrainingSpec spec = plan.spec();
            return Optional.of(Stream.of(
                            spec.model().name(),
                            spec.model().precision(),
                            spec.model().inputShape(),
                            spec.model().layers(),
                            spec.loss(),
                            spec.policy(),
                            spec.batch(),
                            spec.microBatches(),
                            spec.shuffle(),
                            spec.seed(),
                            spec.augmentations(),
                            spec.messages(),
                            plan.order().name(),
                            plan.order().placement(),
                            plan.order(),
                            plan.limits(),
                            plan.watching(),
                            plan.computeThreads(),
                            plan.evaluateEvery(),
                            plan.execution(),
                            samples(plan.data().train()),
                            samples(plan.data().validation()),
                            samples(plan.data().test()),
                            OutputReader.read(setup.config()),
                            CheckpointSettings.read(setup.config()))
                    .map(String::valueOf)
                    .reduce("", (all, one) -> all + "\n" + one));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static String samples(@Nullable Dataset set) {
        return set == null
                ? "none"
                : set.inputs().shape() + " "
                        + Arrays.hashCode(set.inputs().memory().toArray(ValueLayout.JAVA_BYTE))
                        + Arrays.hashCode(set.targets().memory().toArray(ValueLayout.JAVA_BYTE))
                        + set.classes();
    }

    /** Another value of a setting than it has; empty where there is none to be tried. */
    private static Optional<String> another(String key, ConfigValue value) {
        if (OTHERS.stream().anyMatch(key::startsWith)) {
            return Optional.empty();
        }
        if (TEXTS.containsKey(key)) {
            return Optional.of(key + "=" + TEXTS.get(key));
        }
        return switch (value.unwrapped()) {
            case Boolean flag -> Optional.of(key + "=" + !flag);
            case Integer number -> Optional.of(key + "=" + (number + 1));
            case Double number -> Optional.of(key + "=" + (number == 0 ? 0.25 : number / 2));
            case null, default -> Optional.empty();
        };
    }

    private static List<String> all(Config settings) {
        List<String> all = new ArrayList<>();
        collect(settings.root().entrySet(), "", all);
        return all;
    }

    private static void collect(Iterable<Map.Entry<String, ConfigValue>> entries, String path, List<String> all) {
        for (Map.Entry<String, ConfigValue> entry : entries) {
            if (entry.getValue().valueType() == ConfigValueType.OBJECT) {
                collect(((ConfigObject) entry.getValue()).entrySet(), path + entry.getKey() + ".", all);
            } else {
                another(path + entry.getKey(), entry.getValue()).ifPresent(all::add);
            }
        }
    }

    @Test
    void eachSettingChangesTheRunOrIsRefused() throws IOException {
        List<String> silent = new ArrayList<>();
        for (Path file : files()) {
            Config base = RunFile.resolve(file.toString(), List.of(), Map.of());
            String before = settled(file, List.of()).orElseThrow();
            for (String setting : all(base)) {
                if (settled(file, List.of(setting)).equals(Optional.of(before))) {
                    silent.add(file.getFileName() + ": " + setting);
                }
            }
        }
        assertThat(silent).isEmpty();
    }

    /** The same in the company of two others. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void soDoSeveral(long seed) throws IOException {
        Random random = new Random(seed);
        List<Path> files = files();
        for (int i = 0; i < 25; i++) {
            Path file = files.get(random.nextInt(files.size()));
            List<String> all = all(RunFile.resolve(file.toString(), List.of(), Map.of()));
            List<String> others = List.of(all.get(random.nextInt(all.size())), all.get(random.nextInt(all.size())));
            String setting = all.get(random.nextInt(all.size()));
            Optional<String> before = settled(file, others);
            if (before.isPresent() && !others.contains(setting)) {
                List<String> with =
                        Stream.concat(others.stream(), Stream.of(setting)).toList();
                assertThat(settled(file, with))
                        .as("seed %d, %s with %s: without %s", seed, file.getFileName(), others, setting)
                        .isNotEqualTo(before);
            }
        }
    }
}
