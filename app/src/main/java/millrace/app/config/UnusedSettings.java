package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import millrace.schedule.stream.Discipline;

/**
 * Settings that a user gives and that have no effect, because another setting chooses something that does not look at them: a file
 * for {@code data.csv} while {@code data.set} is MNIST. Nobody gives such a setting on purpose, so it is refused.
 *
 * <p>What a file or preset says may well lose its effect by what is given on top of it: {@code --optimizer adam} over a file whose
 * SGD has a momentum. Refused is therefore only what stands in the same layer as the setting that decides, or above it.
 */
final class UnusedSettings {
    /**
     * When a setting has an effect.
     *
     * @param key the setting, or the block that it is in
     * @param deciders the settings that decide
     * @param matters whether they let it have an effect
     * @param expected what they would have to be
     */
    private record Rule(String key, List<String> deciders, Predicate<Config> matters, String expected) {}

    private static final String SET = "data.set";
    private static final String TEXT = "data.text";
    private static final String OPTIMIZER = "training.optimizer.";
    private static final String RATE = "training.lr-schedule.";
    private static final String SCHEDULE = "pipeline.schedule";
    private static final List<Rule> RULES = rules();

    private UnusedSettings() {}

    /**
     * @param all the resolved settings
     * @param defaults of all settings; one that is given as it is by default cannot be missed
     * @param layers what the user gave, each layer on top of the one before it
     * @throws IllegalArgumentException on the first setting without effect
     */
    static void refuse(Config all, Config defaults, List<Config> layers) {
        for (Rule rule : RULES) {
            if (!rule.matters.test(all)) {
                int decided = rule.deciders.stream()
                        .mapToInt(decider -> highest(layers, layer -> layer.hasPathOrNull(decider)))
                        .max()
                        .orElse(-1);
                for (int layer = Math.max(0, decided); layer < layers.size(); layer++) {
                    given(layers.get(layer), defaults, rule.key).ifPresent(found -> {
                        throw new IllegalArgumentException(found.getKey() + ": "
                                + found.getValue().unwrapped() + " has no effect here (expected: " + rule.expected
                                + "); set that, or leave it out");
                    });
                }
            }
        }
    }

    private static int highest(List<Config> layers, Predicate<Config> condition) {
        for (int layer = layers.size() - 1; layer >= 0; layer--) {
            if (condition.test(layers.get(layer))) {
                return layer;
            }
        }
        return -1;
    }

    /** A setting of a block, or the one itself, that is given otherwise than by default. */
    private static Optional<Map.Entry<String, ConfigValue>> given(Config layer, Config defaults, String key) {
        return layer.entrySet().stream()
                .filter(entry -> {
                    String path = String.join(".", ConfigUtil.splitPath(entry.getKey()));
                    return path.equals(key) || path.startsWith(key + ".");
                })
                .filter(entry -> !defaults.hasPath(entry.getKey())
                        || !defaults.getValue(entry.getKey())
                                .unwrapped()
                                .equals(entry.getValue().unwrapped()))
                .findFirst();
    }

    private static List<Rule> rules() {
        List<Rule> rules = new ArrayList<>();
        for (String set : List.of("csv", "idx", "linear", "random")) {
            rules.add(new Rule("data." + set, List.of(SET, TEXT), is(set), "data.set = " + set));
        }
        rules.add(new Rule(SET, List.of(TEXT), config -> !config.hasPath(TEXT), "no data.text beside it"));
        for (String key : List.of("context", "text-samples", "vocabulary")) {
            rules.add(new Rule(
                    "data." + key,
                    List.of(SET, TEXT),
                    config -> TextData.is(new Settings(config).in("data")),
                    "a text as data"));
        }
        rules.add(new Rule(
                "data.test",
                List.of(SET, TEXT, "data.csv.test-file"),
                config ->
                        is("linear").test(config) || (is("csv").test(config) && !config.hasPath("data.csv.test-file")),
                "data that has no test set of its own"));
        rules.add(new Rule(
                "data.validation",
                List.of(SET, TEXT),
                config -> !is("random").test(config),
                "data of which a part can be held back"));
        optimizer(rules, "momentum", "sgd", "rmsprop");
        optimizer(rules, "nesterov", "sgd");
        optimizer(rules, "beta1", "adam", "adamw", "nadam", "nadamw");
        optimizer(rules, "beta2", "adam", "adamw", "nadam", "nadamw");
        optimizer(rules, "epsilon", "adam", "adamw", "nadam", "nadamw", "rmsprop", "adagrad");
        optimizer(rules, "momentum-decay", "nadam", "nadamw");
        optimizer(rules, "alpha", "rmsprop");
        optimizer(rules, "lr-decay", "adagrad");
        optimizer(rules, "dampening", "sgd");
        optimizer(rules, "amsgrad", "adam", "adamw");
        optimizer(rules, "centred", "rmsprop");
        optimizer(rules, "initial-accumulator", "adagrad");
        schedule(rules, "every", "step");
        schedule(rules, "gamma", "step", "exponential");
        schedule(rules, "length", "cosine", "cosine-restarts", "one-cycle");
        schedule(rules, "floor", "cosine", "cosine-restarts");
        schedule(rules, "growth", "cosine-restarts");
        schedule(rules, "one-cycle", "one-cycle");
        schedule(rules, "plateau", "plateau");
        rules.add(new Rule(
                RATE + "per",
                List.of(RATE + "name", RATE + "warm-up"),
                config -> !Set.of("constant", "plateau").contains(config.getString(RATE + "name"))
                        || !Set.of("0", "0.0").contains(config.getString(RATE + "warm-up")),
                RATE + "name or warm-up that counts time"));
        String[] streams =
                Arrays.stream(Discipline.values()).map(Discipline::schedule).toArray(String[]::new);
        for (String key : List.of("accumulate", "weights", "allowance")) {
            rules.add(chosen("pipeline." + key, SCHEDULE, streams));
        }
        rules.add(chosen("pipeline.cost", SCHEDULE, "zb-1p", "zb-2p"));
        for (String key : List.of("stages", "ranks", "chunks", "micro-batches")) {
            rules.add(new Rule(
                    "pipeline." + key,
                    List.of(SCHEDULE),
                    config -> !ScheduleSource.isFile(config.getString(SCHEDULE)),
                    "a schedule by name, a file has its own"));
        }
        rules.add(new Rule(
                "pipeline.stages",
                List.of("pipeline.ranks"),
                config -> !config.hasPath("pipeline.ranks"),
                "no pipeline.ranks beside it"));
        logs(rules);
        return List.copyOf(rules);
    }

    private static void logs(List<Rule> rules) {
        List<String> deciders = List.of("logs.formats", "logs.folder");
        rules.add(new Rule(
                "logs.every",
                deciders,
                config -> config.hasPath("logs.folder")
                        || !config.getList("logs.formats").isEmpty(),
                "logs.formats or logs.folder"));
        for (String key : List.of("histograms", "gradient-histograms")) {
            rules.add(new Rule(
                    "logs." + key,
                    deciders,
                    config -> OutputReader.formats(config).contains("tensorboard"),
                    "logs.formats = [tensorboard]"));
        }
    }

    private static Predicate<Config> is(String set) {
        return config -> !config.hasPath(TEXT) && config.getString(SET).equals(set);
    }

    private static void optimizer(List<Rule> rules, String key, String... names) {
        rules.add(chosen(OPTIMIZER + key, OPTIMIZER + "name", names));
    }

    private static void schedule(List<Rule> rules, String key, String... names) {
        rules.add(chosen(RATE + key, RATE + "name", names));
    }

    private static Rule chosen(String key, String decider, String... names) {
        return new Rule(
                key,
                List.of(decider),
                config -> Set.of(names).contains(config.getString(decider)),
                decider + " = " + String.join(" or ", names));
    }
}
