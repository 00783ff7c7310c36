package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import millrace.actors.plan.TrainingData;
import millrace.nn.data.DataDigest;
import millrace.nn.data.Dataset;
import millrace.nn.data.Datasets;
import millrace.nn.data.LinearSource;
import millrace.nn.data.Normalization;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.data.Splits;
import millrace.nn.data.TableSchema;
import millrace.nn.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The data of a run file: loaded, split, normalised.
 *
 * @param data the sets
 * @param figures what is to be saved of them with the run, as settings: normalisation, vocabulary, classes, columns, digest
 */
public record DataSource(TrainingData data, Config figures) {
    /**
     * Loads the data. What was saved of it with a run is used again and checked; otherwise it comes from the data.
     *
     * @param config the whole resolved run file
     * @throws IllegalArgumentException when data is missing or wrong, or not what a saved run was begun with
     */
    public static DataSource load(Config config) {
        Settings data = new Settings(config).in("data");
        Optional<SavedData> saved = SavedData.of(config);
        List<Path> files = files(config).values().stream().map(Path::of).toList();
        Optional<String> sha256 = files.isEmpty() ? Optional.empty() : Optional.of(DataDigest.of(files));
        // before the files are read with what was saved of them, which would only tell the first cell that does not fit
        saved.filter(before -> before.sha256().isPresent() && !before.sha256().equals(sha256))
                .ifPresent(before -> before.requireSame(name(data, files), asNew(config, sha256)));
        saved.ifPresent(before -> before.requireAsked(config));
        DataSource found = read(config, saved, sha256);
        saved.ifPresent(before -> before.requireSame(
                name(data, files),
                SavedData.of(found.figures.withFallback(config)).orElseThrow()));
        return found;
    }

    /** What would be saved of data that has changed. */
    private static SavedData asNew(Config config, Optional<String> sha256) {
        SavedData unread = new SavedData(sha256, 0, Shape.of(), List.of(), Optional.empty(), "");
        try {
            Config fresh = SavedData.forgotten(config);
            return SavedData.of(read(fresh, Optional.empty(), sha256).figures.withFallback(fresh))
                    .orElse(unread);
        } catch (IllegalArgumentException _) {
            // what it is no more counts, and not what is wrong with it besides
            return unread;
        }
    }

    private static DataSource read(Config config, Optional<SavedData> saved, Optional<String> sha256) {
        Settings data = new Settings(config).in("data");
        Map<String, Object> figures = new LinkedHashMap<>();
        TrainingData sets;
        Optional<TableSchema> schema = Optional.empty();
        if (isTable(data)) {
            TableData table = TableData.load(
                    data,
                    saved.flatMap(SavedData::schema),
                    Scales.Wanted.of(config),
                    new Settings(config).in("training").longInteger("seed"),
                    !new Settings(config).in("training").flag("shuffle"));
            sets = table.sets();
            schema = Optional.of(table.schema());
            figures.putAll(table.scales().settings());
        } else {
            TrainingData raw = sets(config, saved, figures);
            Scales scales = Scales.Wanted.of(config)
                    .of(() -> Normalization.standard(raw.train()), () -> Normalization.ofTargets(raw.train()));
            sets = mapped(raw, set -> scaled(set, scales));
            figures.putAll(scales.settings());
        }
        boolean text = TextData.is(data);
        SavedData today = new SavedData(
                sha256,
                text
                        ? 0
                        : Stream.concat(Stream.of(sets.train()), sets.evaluated().values().stream())
                                .mapToLong(Dataset::size)
                                .sum(),
                text ? Shape.of() : sets.train().sampleShape(),
                text ? List.of() : sets.train().classes(),
                schema,
                SavedData.asked(config));
        figures.putAll(today.settings());
        return new DataSource(sets, ConfigFactory.parseMap(figures));
    }

    private static String name(Settings data, List<Path> files) {
        return files.isEmpty()
                ? data.text("set")
                : String.join(", ", files.stream().map(Path::toString).toList());
    }

    /** The user's files by the settings that name them; none for data that comes with the program or is made up. */
    static Map<String, String> files(Config config) {
        Settings data = new Settings(config).in("data");
        List<String> keys = TextData.is(data)
                ? List.of("text")
                : switch (data.text("set")) {
                    case "csv" -> List.of("csv.file", "csv.test-file");
                    case "idx" -> IdxData.files(data.in("idx"));
                    default -> List.of();
                };
        Map<String, String> files = new LinkedHashMap<>();
        keys.stream().filter(data::has).forEach(key -> files.put("data." + key, data.text(key)));
        return files;
    }

    private static boolean isTable(Settings data) {
        return !TextData.is(data) && data.text("set").equals("csv");
    }

    private static Dataset scaled(Dataset set, Scales scales) {
        Dataset shifted = scales.inputs().map(how -> how.apply(set)).orElse(set);
        return scales.targets().map(how -> how.applyToTargets(shifted)).orElse(shifted);
    }

    private static TrainingData sets(Config config, Optional<SavedData> saved, Map<String, Object> figures) {
        Settings data = new Settings(config).in("data");
        if (TextData.is(data)) {
            return TextData.load(data, figures);
        }
        long seed = new Settings(config).in("training").longInteger("seed");
        boolean keepsOrder = !new Settings(config).in("training").flag("shuffle");
        double validation = data.number("validation");
        String set = data.text("set");
        return switch (set) {
            case "linear" -> {
                Settings s = data.in("linear");
                LinearSource source = new LinearSource(
                        s.number("slope"), s.number("intercept"), s.number("noise"), s.integer("samples"), seed);
                yield split(Splits.of(source.generate(), validation, data.number("test"), seed, keepsOrder));
            }
            case "random" -> {
                Settings s = data.in("random");
                yield TrainingData.of(
                        new RandomClassesSource(s.integer("samples"), s.integer("features"), s.integer("classes"), seed)
                                .generate());
            }
            case "idx" -> {
                IdxData read = IdxData.read(
                        data.in("idx"), saved.map(SavedData::classes).orElse(List.of()));
                yield withTest(read.train(), read.test(), validation, seed, keepsOrder);
            }
            default -> {
                if (!Datasets.names().contains(set)) {
                    throw data.problem(
                            "set",
                            set,
                            "one of " + String.join(", ", Datasets.names()) + ", moby-dick, linear, random, csv, idx");
                }
                var loaded = Datasets.load(set);
                yield withTest(loaded.train(), loaded.test(), validation, seed, keepsOrder);
            }
        };
    }

    private static TrainingData split(Splits splits) {
        return new TrainingData(splits.train(), orNull(splits.validation()), orNull(splits.test()));
    }

    private static TrainingData withTest(
            Dataset train, @Nullable Dataset test, double validation, long seed, boolean keepsOrder) {
        if (validation == 0) {
            return new TrainingData(train, null, test);
        }
        Splits splits = Splits.of(train, validation, 0, seed, keepsOrder);
        return new TrainingData(splits.train(), orNull(splits.validation()), test);
    }

    private static @Nullable Dataset orNull(Dataset set) {
        return set.size() == 0 ? null : set;
    }

    private static TrainingData mapped(TrainingData sets, UnaryOperator<Dataset> mapping) {
        return new TrainingData(
                mapping.apply(sets.train()),
                sets.validation() == null ? null : mapping.apply(sets.validation()),
                sets.test() == null ? null : mapping.apply(sets.test()));
    }
}
