package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * A run's settings before they mean anything: defaults, then the preset or file, then {@code -D key=value} and options.
 * Every key must be one of the defaults', so that a misspelt one is an error and not ignored.
 */
public final class RunFile {
    /** The presets by name, in the order they are listed. */
    public static final List<String> PRESETS = List.of(
            "mlp-mnist",
            "linreg",
            "tiny-mlp",
            "softmax-mnist",
            "mlp-784-10-10",
            "binary",
            "digits",
            "mlp-mnist-8",
            "mlp-deep",
            "mlp-wide",
            "cnn",
            "lenet",
            "resnet-tiny",
            "lstm-char",
            "gru-char",
            "gpt-tiny");

    private static final String FOLDER = "millrace/app/";

    private static final String PIPELINE = "pipeline.";

    // settings that say where a network is cut and in which order its stages work
    private static final List<String> LINE = List.of(
            "stages",
            "ranks",
            "chunks",
            "layout",
            "replicas",
            "schedule",
            "cost",
            "micro-batches",
            "flush-micro-batches",
            "accumulate",
            "weights",
            "allowance",
            "correct",
            "recompute",
            "recompute-layers");

    private static final ConfigParseOptions STRICT =
            ConfigParseOptions.defaults().setAllowMissing(false);

    private RunFile() {}

    /**
     * The resolved settings.
     *
     * @param presetOrFile name of a preset, or path of a HOCON file
     * @param overrides {@code key=value}, as given with -D; of two for one key the last counts
     * @param options settings by key, as given by other options
     * @throws IllegalArgumentException on an unknown preset, a missing or unreadable file, or an unknown key
     */
    public static Config resolve(String presetOrFile, List<String> overrides, Map<String, Object> options) {
        boolean preset = PRESETS.contains(presetOrFile);
        Config file = preset ? preset(presetOrFile) : file(presetOrFile);
        if (options.containsKey("pipeline.layout")) {
            // a plan says all of the line: what the file says of it is no contradiction
            file = withoutLine(resolved(file, resolved(file.withFallback(defaults()))));
        }
        return resolve(file, overrides, options, preset || isSaved(file) ? List.of() : List.of(file));
    }

    /** A run file that a run has saved says everything, also what has no effect. */
    private static boolean isSaved(Config file) {
        return file.root().containsKey("data")
                && file.getValue("data") instanceof ConfigObject data
                && data.containsKey("saved");
    }

    // what runs did that were saved before there was a choice
    private static final Config EARLIER = ConfigFactory.parseString("training.kernels = usual");

    /** The settings of a saved run, with overrides. */
    public static Config resolve(Config saved, List<String> overrides, Map<String, Object> options) {
        return resolve(saved.withFallback(EARLIER), overrides, options, List.of());
    }

    /** @param layers what of the file is the user's */
    private static Config resolve(
            Config saved, List<String> overrides, Map<String, Object> options, List<Config> layers) {
        Config defaults = defaults();
        Config given = ConfigFactory.parseMap(options, "options").withFallback(given(overrides));
        Config all = resolved(given.withFallback(saved).withFallback(defaults));
        checkKeys(all.root(), defaults.root(), "");
        List<Config> users = new ArrayList<>(layers);
        users.add(given);
        UnusedSettings.refuse(
                all, defaults, users.stream().map(layer -> resolved(layer, all)).toList());
        return all;
    }

    /** The settings of one trial of a study, whose settings may lose their effect by those of others. */
    public static Config trial(Config base, List<String> settings) {
        Config all = resolved(given(settings).withFallback(base));
        checkKeys(all.root(), defaults().root(), "");
        return all;
    }

    private static Config given(List<String> overrides) {
        Config given = ConfigFactory.empty();
        for (String override : overrides) {
            // the last of several counts, as everywhere on a command line
            given = GivenSetting.parse(override).withFallback(given);
        }
        return given;
    }

    /** A layer whose substitutions need the ones below it, as {@code ${?list} [more]} does, is not looked at by itself. */
    private static Config resolved(Config layer, Config all) {
        try {
            return layer.resolveWith(all);
        } catch (ConfigException _) {
            return ConfigFactory.empty();
        }
    }

    private static Config resolved(Config config) {
        try {
            return config.resolve();
        } catch (ConfigException e) {
            throw new IllegalArgumentException(ConfigFiles.oneLine(e), e);
        }
    }

    /** Whether a setting is as a preset or the defaults have it, and not given by the user. */
    static boolean isPresets(ConfigValue value) {
        String resource = value.origin().resource();
        return resource != null && resource.startsWith(FOLDER);
    }

    /** Every setting with its default. */
    static Config defaults() {
        return ConfigFactory.parseResources(RunFile.class.getClassLoader(), FOLDER + "run-defaults.conf");
    }

    /** A preset as it is written. */
    public static Config preset(String name) {
        return ConfigFactory.parseResources(
                RunFile.class.getClassLoader(), FOLDER + "presets/" + name + ".conf", STRICT);
    }

    /** What a preset's first lines say of it. */
    public static String description(String name) {
        return String.join(" ", preset(name).getValue("name").origin().comments())
                .strip();
    }

    /**
     * The text of a run file: what a preset or a file says of a run, with other settings of its line.
     *
     * @param overrides {@code key=value}, as given with -D
     * @param line settings by key, which take the place of all that was said of the line
     */
    public static String withLine(String presetOrFile, List<String> overrides, Map<String, Object> line) {
        Config source = PRESETS.contains(presetOrFile) ? preset(presetOrFile) : file(presetOrFile);
        return render(ConfigFactory.parseMap(line)
                .withFallback(withoutLine(given(overrides).withFallback(source))));
    }

    /**
     * A resolved run with other settings of its line, which take the place of all that was said of the line; the rest of the line is
     * as by default.
     */
    public static Config withLine(Config config, Map<String, Object> line) {
        return ConfigFactory.parseMap(line).withFallback(withoutLine(config)).withFallback(resolved(defaults()));
    }

    /** Whether a setting says where a network is cut, or in which order its stages work. */
    public static boolean isOfLine(String key) {
        return key.startsWith(PIPELINE) && LINE.contains(key.substring(PIPELINE.length()));
    }

    private static Config withoutLine(Config settings) {
        Config others = settings;
        for (String key : LINE) {
            others = others.withoutPath(PIPELINE + key);
        }
        return others;
    }

    /** Settings from text, as a checkpoint holds them. */
    public static Config parse(String text) {
        try {
            return ConfigFactory.parseString(text);
        } catch (ConfigException e) {
            throw new IllegalArgumentException("configuration: " + ConfigFiles.oneLine(e), e);
        }
    }

    /**
     * Settings that somebody else has sent: complete in themselves. Files that they included would be this machine's, and so
     * would variables.
     *
     * @throws IllegalArgumentException when they include anything, or ask for a variable
     */
    public static Config parseSent(String text) {
        Config sent;
        try {
            sent = ConfigFactory.parseString(text, ConfigParseOptions.defaults().setIncluder(new NoIncludes()));
        } catch (ConfigException e) {
            throw new IllegalArgumentException("configuration: " + ConfigFiles.oneLine(e), e);
        }
        if (!sent.isResolved()) {
            throw new IllegalArgumentException(
                    "configuration: ${...} in the settings of an order (expected: values); order the run by millrace"
                            + " train, which fills them in");
        }
        return sent;
    }

    /** Settings as HOCON text that parses back. */
    public static String render(Config config) {
        return config.root()
                .render(ConfigRenderOptions.defaults()
                        .setOriginComments(false)
                        .setComments(false)
                        .setJson(false));
    }

    /**
     * What a run file says of the line, by key: {@code pipeline.schedule} and the like.
     *
     * @throws IllegalArgumentException when it cannot be read, or does not cut the network
     */
    public static Map<String, Object> line(String path) {
        Config file = resolved(file(path));
        if (!file.hasPath("pipeline.layout")) {
            throw new IllegalArgumentException(
                    "plan: " + path + " (expected: a run file with pipeline.layout, as millrace plan --out writes it)");
        }
        Map<String, Object> line = new LinkedHashMap<>();
        for (String key : LINE) {
            if (file.hasPath(PIPELINE + key)) {
                line.put(PIPELINE + key, file.getValue(PIPELINE + key).unwrapped());
            }
        }
        return line;
    }

    private static Config file(String path) {
        if (!Files.isRegularFile(Path.of(path))) {
            throw new IllegalArgumentException((path.endsWith(".conf") ? "run file: " : "preset: ") + path
                    + " (expected: a file, or one of " + String.join(", ", PRESETS) + ")");
        }
        return ConfigFiles.parse(Path.of(path));
    }

    private static void checkKeys(ConfigObject given, ConfigObject known, String path) {
        for (String key : given.keySet()) {
            if (!known.containsKey(key)) {
                throw new IllegalArgumentException(path + key + ": unknown key (expected: one of "
                        + String.join(", ", new TreeSet<>(known.keySet())) + ")");
            }
            boolean nested = known.get(key).valueType() == ConfigValueType.OBJECT;
            if (nested && given.get(key) instanceof ConfigObject below) {
                checkKeys(below, (ConfigObject) known.get(key), path + key + ".");
            } else if (nested) {
                throw new IllegalArgumentException(
                        path + key + ": " + given.get(key).unwrapped() + " (expected: a block of settings)");
            }
        }
    }
}
