package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.plan.TrainingData;
import millrace.nn.data.CsvOptions;
import millrace.nn.data.CsvReader;
import millrace.nn.data.Dataset;
import millrace.nn.data.Datasets;
import millrace.nn.data.IdxReader;
import millrace.nn.data.LinearSource;
import millrace.nn.data.Normalization;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.data.Splits;
import millrace.nn.data.TextSource;
import millrace.nn.data.Vocabulary;
import millrace.nn.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The data of a run file: loaded, split, normalised.
 *
 * @param data the sets
 * @param figures of the normalisation and the vocabulary, as settings, to be saved with the run; empty when there are none
 */
public record DataSource(TrainingData data, Config figures) {
    private static final String VOCABULARY = "data.vocabulary";
    private static final String MOBY_DICK = "moby-dick";

    private enum TextSamples {
        WINDOWS,
        LINES
    }

    private static final double TEXT_VALIDATION = 0.1;

    /**
     * Loads the data. A saved normalisation or vocabulary is used again; otherwise they come from the data.
     *
     * @param config the whole resolved run file
     */
    public static DataSource load(Config config) {
        Settings data = new Settings(config).in("data");
        long seed = new Settings(config).in("training").longInteger("seed");
        Map<String, Object> saved = new LinkedHashMap<>();
        TrainingData sets = sets(data, seed, saved);
        Settings figures = data.in("normalization");
        boolean known = !config.getDoubleList("data.normalization.scale").isEmpty();
        boolean targetsKnown =
                !config.getDoubleList("data.normalization.target-scale").isEmpty();
        if (data.choice("normalize", Normalize.class) == Normalize.STANDARD) {
            Normalization inputs = known
                    ? Normalization.of(floats(config, "mean"), floats(config, "scale"))
                    : Normalization.standard(sets.train());
            saved.put("data.normalization.mean", list(inputs.mean()));
            saved.put("data.normalization.scale", list(inputs.scale()));
            sets = mapped(sets, inputs::apply);
        }
        if (data.flag("normalize-targets")) {
            if (sets.train().isClassification()) {
                throw figures.problem("target-mean", "normalize-targets = true", "false: classes have no mean");
            }
            Normalization targets = targetsKnown
                    ? Normalization.of(floats(config, "target-mean"), floats(config, "target-scale"))
                    : Normalization.ofTargets(sets.train());
            saved.put("data.normalization.target-mean", list(targets.mean()));
            saved.put("data.normalization.target-scale", list(targets.scale()));
            sets = mapped(sets, targets::applyToTargets);
        }
        return new DataSource(sets, ConfigFactory.parseMap(saved));
    }

    /** The normalisation of inputs that a saved run was trained with. */
    public static @Nullable Normalization savedInputs(Config config) {
        return config.getDoubleList("data.normalization.scale").isEmpty()
                ? null
                : Normalization.of(floats(config, "mean"), floats(config, "scale"));
    }

    /** The normalisation of targets that a saved run was trained with. */
    public static @Nullable Normalization savedTargets(Config config) {
        return config.getDoubleList("data.normalization.target-scale").isEmpty()
                ? null
                : Normalization.of(floats(config, "target-mean"), floats(config, "target-scale"));
    }

    /** The characters that a saved run was trained with; empty where it was not trained with a text. */
    public static Optional<Vocabulary> savedVocabulary(Config config) {
        return config.hasPath(VOCABULARY)
                ? Optional.of(Vocabulary.saved(config.getString(VOCABULARY)))
                : Optional.empty();
    }

    private enum Normalize {
        NONE,
        STANDARD
    }

    private static TrainingData sets(Settings data, long seed, Map<String, Object> saved) {
        double validation = data.number("validation");
        if (data.has("text")) {
            return text(TextSource.read(Path.of(data.text("text"))), data, validation, saved);
        }
        double test = data.number("test");
        String set = data.text("set");
        return switch (set) {
            case MOBY_DICK -> text(TextSource.mobyDick(), data, validation, saved);
            case "csv" -> split(csv(data.in("csv")), validation, test, seed);
            case "linear" -> {
                Settings s = data.in("linear");
                LinearSource source = new LinearSource(
                        s.number("slope"), s.number("intercept"), s.number("noise"), s.integer("samples"), seed);
                yield split(source.generate(), validation, test, seed);
            }
            case "random" -> {
                Settings s = data.in("random");
                yield TrainingData.of(
                        new RandomClassesSource(s.integer("samples"), s.integer("features"), s.integer("classes"), seed)
                                .generate());
            }
            case "idx" ->
                withTest(
                        idx(data.in("idx"), "train"),
                        data.in("idx").has("test-images") ? idx(data.in("idx"), "test") : null,
                        validation,
                        seed);
            default -> {
                if (!Datasets.names().contains(set)) {
                    throw data.problem(
                            "set",
                            set,
                            "one of " + String.join(", ", Datasets.names()) + ", moby-dick, linear, random, csv, idx");
                }
                var loaded = Datasets.load(set);
                yield withTest(loaded.train(), loaded.test(), validation, seed);
            }
        };
    }

    /** Whether the data is a text, whose samples are tokens. */
    static boolean isText(Settings data) {
        return data.has("text") || data.text("set").equals(MOBY_DICK);
    }

    /** The end of a text is what is held back: windows from its middle would share sentences with their neighbours. */
    private static TrainingData text(TextSource text, Settings data, double validation, Map<String, Object> saved) {
        Vocabulary vocabulary = data.has("vocabulary") ? Vocabulary.saved(data.text("vocabulary")) : text.vocabulary();
        saved.put(VOCABULARY, vocabulary.characters());
        int context = data.integer("context");
        double rest = validation == 0 ? TEXT_VALIDATION : validation;
        var parts = switch (data.choice("text-samples", TextSamples.class)) {
            case WINDOWS -> text.windows(context, rest, vocabulary);
            case LINES -> text.lines(context, rest, vocabulary);
        };
        return new TrainingData(parts.train(), parts.test(), null);
    }

    private static Dataset csv(Settings s) {
        List<String> drop = new ArrayList<>(s.texts("drop"));
        CsvOptions options = new CsvOptions(
                s.choice("separator", CsvOptions.Separator.class),
                s.choice("header", CsvOptions.Header.class),
                s.text("label"),
                s.choice("task", CsvOptions.Task.class),
                drop,
                List.of());
        return CsvReader.read(Path.of(s.text("file")), options);
    }

    private static Dataset idx(Settings s, String part) {
        Dataset read = IdxReader.read(Path.of(s.text(part + "-images")), Path.of(s.text(part + "-labels")));
        return read.withSampleShape(Shape.of((int) read.sampleShape().size()));
    }

    private static TrainingData split(Dataset all, double validation, double test, long seed) {
        Splits splits = Splits.of(all, validation, test, seed);
        return new TrainingData(splits.train(), orNull(splits.validation()), orNull(splits.test()));
    }

    private static TrainingData withTest(Dataset train, @Nullable Dataset test, double validation, long seed) {
        if (validation == 0) {
            return new TrainingData(train, null, test);
        }
        Splits splits = Splits.of(train, validation, 0, seed);
        return new TrainingData(splits.train(), orNull(splits.validation()), test);
    }

    private static @Nullable Dataset orNull(Dataset set) {
        return set.size() == 0 ? null : set;
    }

    private interface Mapping {
        Dataset apply(Dataset set);
    }

    private static TrainingData mapped(TrainingData sets, Mapping mapping) {
        return new TrainingData(
                mapping.apply(sets.train()),
                sets.validation() == null ? null : mapping.apply(sets.validation()),
                sets.test() == null ? null : mapping.apply(sets.test()));
    }

    private static float[] floats(Config config, String key) {
        List<Double> values = config.getDoubleList("data.normalization." + key);
        float[] result = new float[values.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = values.get(i).floatValue();
        }
        return result;
    }

    private static List<Double> list(float[] values) {
        List<Double> result = new ArrayList<>();
        for (float value : values) {
            result.add((double) value);
        }
        return result;
    }
}
