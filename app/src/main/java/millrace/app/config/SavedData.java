package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import millrace.nn.data.ColumnRule;
import millrace.nn.data.CsvOptions;
import millrace.nn.data.Feature;
import millrace.nn.data.TableSchema;
import millrace.nn.tensor.Shape;

/**
 * What a run's data was, as it is saved with the run in {@code data.saved}: evaluation and prediction go by it and not by what
 * today's file says, and a node of a cluster that has other data notices.
 *
 * @param sha256 of the user's files, unpacked; empty for data that comes with the program or is made up
 * @param samples of all sets together; of a text 0
 * @param shape of a sample as the data has it; of a text none
 * @param classes names of the classes by label; empty for a regression and for a text, whose vocabulary has them
 * @param schema of a table
 * @param asked what decides which samples are trained with and how the network sees them, as a text
 */
record SavedData(
        Optional<String> sha256,
        long samples,
        Shape shape,
        List<String> classes,
        Optional<TableSchema> schema,
        String asked) {
    private static final int SHOWN = 12;
    private static final String WEIGHT = "data.csv.weight";

    /** What a saved run has; empty for a run that is new, or was saved by an older version. */
    static Optional<SavedData> of(Config config) {
        Config saved = config.getConfig("data.saved");
        List<Integer> sizes = saved.getIntList("shape");
        Optional<String> sha256 = saved.hasPath("sha256") ? Optional.of(saved.getString("sha256")) : Optional.empty();
        if (sizes.isEmpty() && sha256.isEmpty()) {
            return Optional.empty();
        }
        List<String> classes = saved.getStringList("classes");
        Optional<TableSchema> schema = Optional.empty();
        if (!saved.getConfigList("features").isEmpty()) {
            schema = Optional.of(new TableSchema(
                    saved.getConfigList("features").stream()
                            .map(SavedData::feature)
                            .toList(),
                    saved.getBoolean("named"),
                    saved.getStringList("labels"),
                    saved.hasPath("weight") ? Optional.of(saved.getString("weight")) : Optional.empty(),
                    classes.isEmpty() ? CsvOptions.Task.REGRESSION : CsvOptions.Task.CLASSIFICATION,
                    classes));
        }
        return Optional.of(new SavedData(
                sha256,
                saved.getLong("samples"),
                Shape.of(sizes.stream().mapToInt(Integer::intValue).toArray()),
                classes,
                schema,
                saved.getString("asked")));
    }

    /** As settings, to be saved with the run. */
    Map<String, Object> settings() {
        Map<String, Object> saved = new LinkedHashMap<>();
        sha256.ifPresent(digest -> saved.put("sha256", digest));
        saved.put("samples", samples);
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < shape.rank(); i++) {
            sizes.add(shape.dimension(i));
        }
        saved.put("shape", sizes);
        saved.put("classes", classes);
        saved.put("asked", asked);
        schema.ifPresent(table -> {
            saved.put(
                    "features",
                    table.features().stream().map(SavedData::feature).toList());
            saved.put("labels", table.labels());
            table.weight().ifPresent(column -> saved.put("weight", column));
            saved.put("named", table.named());
        });
        Map<String, Object> settings = new LinkedHashMap<>();
        saved.forEach((key, value) -> settings.put("data.saved." + key, value));
        return settings;
    }

    /**
     * @param name of the data, for the error
     * @param today the same of the data that is there now
     * @throws IllegalArgumentException when that is not what the run was begun with
     */
    void requireSame(String name, SavedData today) {
        boolean same = sha256.equals(today.sha256) && samples == today.samples;
        if (!same) {
            throw new IllegalArgumentException("data " + name + ": " + today.described() + " (expected: " + described()
                    + ", what the run was begun with: of other data nobody knows which part was trained with);"
                    + " restore it, or let evaluate --data read other samples, and train --init take the weights"
                    + " alone");
        }
    }

    /**
     * What decides which samples are trained with and how the network sees them: settings with their values, one a line.
     *
     * @param config a run's settings
     */
    static String asked(Config config) {
        Settings data = new Settings(config).in("data");
        List<String> keys = new ArrayList<>(List.of("data.validation"));
        if (TextData.is(data)) {
            keys.add("data.text-samples");
        } else {
            keys.addAll(List.of("data.set", "data.normalize", "data.normalize-targets"));
            String set = data.text("set");
            if (Set.of("csv", "linear").contains(set)) {
                keys.add("data.test");
            }
            boolean dealtOut = Set.of("csv", "linear").contains(set) || data.number("validation") > 0;
            if (dealtOut || set.equals("random")) {
                keys.add("training.seed");
            }
            if (Set.of("linear", "random").contains(set)) {
                keys.add("data." + set);
            }
            if (dealtOut) {
                keys.add("training.shuffle");
            }
            if (set.equals("csv")) {
                keys.add(WEIGHT);
                List.of(
                                "label",
                                "task",
                                "drop",
                                "missing",
                                "fill",
                                "flag-missing",
                                "columns",
                                "header",
                                "separator",
                                "decimal",
                                "encoding")
                        .forEach(key -> keys.add("data.csv." + key));
            }
        }
        return keys.stream().map(key -> key + "=" + value(config, key)).collect(Collectors.joining("\n"));
    }

    /**
     * @param config what is asked for now
     * @throws IllegalArgumentException when samples would be others, or look otherwise, than the run was begun with
     */
    void requireAsked(Config config) {
        Map<String, String> then = settings(asked);
        settings(asked(config)).forEach((key, value) -> {
            // what an older version did not write down: it had no weights, and of the rest nobody knows
            String before = then.getOrDefault(key, key.equals(WEIGHT) ? "null" : value);
            if (!value.equals(before)) {
                throw new IllegalArgumentException(key + ": " + value + " (expected: " + before
                        + ", as the run was begun with); leave it as it was, or begin a new run without data.saved,"
                        + " with the weights of this one by train --init");
            }
        });
    }

    private static String value(Config config, String key) {
        return config.hasPath(key) ? config.getValue(key).render(ConfigRenderOptions.concise()) : "null";
    }

    private static Map<String, String> settings(String lines) {
        Map<String, String> settings = new LinkedHashMap<>();
        lines.lines().map(line -> line.split("=", 2)).forEach(parts -> settings.put(parts[0], parts[1]));
        return settings;
    }

    private String described() {
        String count = samples == 0 ? "" : String.format(Locale.ROOT, "%,d samples", samples);
        String digest = sha256.map(text -> "sha256 " + text.substring(0, Math.min(SHOWN, text.length())) + "...")
                .orElse("");
        return count + (count.isEmpty() || digest.isEmpty() ? "" : ", ") + digest;
    }

    private static Map<String, Object> feature(Feature feature) {
        ColumnRule rule = feature.rule();
        Map<String, Object> saved = new LinkedHashMap<>();
        saved.put("column", rule.column());
        saved.put("type", Settings.word(rule.kind()));
        switch (rule.kind()) {
            case NUMBER -> {}
            case CATEGORY -> {
                saved.put("categories", feature.categories());
                saved.put("unknown", Settings.word(rule.unknown()));
            }
            case DATE -> {
                saved.put("parts", rule.parts().stream().map(Settings::word).toList());
                if (!rule.format().isEmpty()) {
                    saved.put("format", rule.format());
                }
            }
        }
        if (rule.missing() != ColumnRule.Missing.REFUSE) {
            saved.put("fill", Settings.word(rule.missing()));
        }
        if (rule.flag()) {
            saved.put("flag-missing", true);
        }
        if (!Double.isNaN(feature.fill())) {
            saved.put("value", feature.fill());
        }
        return saved;
    }

    private static Feature feature(Config saved) {
        List<String> categories = saved.hasPath("categories") ? saved.getStringList("categories") : List.of();
        double value = saved.hasPath("value") ? saved.getDouble("value") : Double.NaN;
        return new Feature(TableReader.rule(saved), categories, value);
    }

    /** The settings of a run as if it were new. */
    static Config forgotten(Config config) {
        return config.withoutPath("data.saved")
                .withoutPath("data.normalization")
                .withoutPath("data.vocabulary")
                .withFallback(RunFile.defaults());
    }
}
