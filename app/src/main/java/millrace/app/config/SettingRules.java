package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import millrace.schedule.Generator;
import millrace.schedule.Schedules;
import millrace.schedule.stream.Discipline;

/** Which settings have an effect only in the company of others. */
final class SettingRules {
    /**
     * When a setting has an effect.
     *
     * @param key the setting, or the block that it is in
     * @param deciders the settings that decide
     * @param matters whether they let it have an effect
     * @param expected what they would have to be
     */
    record Rule(String key, List<String> deciders, Predicate<Config> matters, String expected) {}

    private static final String SET = "data.set";
    private static final String TEXT = "data.text";
    private static final String OPTIMIZER = "training.optimizer.";
    private static final String RATE = "training.lr-schedule.";
    private static final String SCHEDULE = "pipeline.schedule";
    private static final String STAGES = "pipeline.stages";
    private static final String RANKS = "pipeline.ranks";
    private static final String CHUNKS = "pipeline.chunks";
    private static final String LAYOUT = "pipeline.layout";

    private SettingRules() {}

    static List<Rule> all() {
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
        String[] streams =
                Arrays.stream(Discipline.values()).map(Discipline::schedule).toArray(String[]::new);
        for (String key : List.of("accumulate", "weights", "allowance")) {
            rules.add(chosen("pipeline." + key, SCHEDULE, streams));
        }
        rules.add(chosen(
                "pipeline.cost",
                SCHEDULE,
                Schedules.all().stream()
                        .filter(Generator::isPlanned)
                        .map(Generator::name)
                        .toArray(String[]::new)));
        rules.add(new Rule(
                RATE + "per",
                List.of(RATE + "name", RATE + "warm-up", RATE + "length"),
                SettingRules::countsTime,
                "a schedule whose length is given, or a warm-up"));
        rules.add(new Rule(
                OPTIMIZER + "decay-biases",
                List.of(OPTIMIZER + "name", OPTIMIZER + "weight-decay"),
                SettingRules::decays,
                OPTIMIZER + "weight-decay above 0"));
        line(rules);
        outputs(rules);
        return List.copyOf(rules);
    }

    /** How the line is cut: by one setting or by another. */
    private static void line(List<Rule> rules) {
        Predicate<Config> named = config -> !ScheduleSource.isFile(config.getString(SCHEDULE));
        for (String key : List.of(STAGES, RANKS, CHUNKS, "pipeline.replicas", "pipeline.micro-batches")) {
            rules.add(new Rule(
                    key, List.of(SCHEDULE), named, "the name of a schedule, since a file of one decides this"));
        }
        rules.add(new Rule(
                "pipeline.flush-micro-batches",
                List.of(SCHEDULE, "pipeline.micro-batches"),
                config -> named.test(config)
                        && Discipline.named(config.getString(SCHEDULE)).isEmpty()
                        && !config.hasPath("pipeline.micro-batches"),
                "a schedule with a flush, and no pipeline.micro-batches beside it"));
        for (String other : List.of(RANKS, LAYOUT)) {
            rules.add(new Rule(STAGES, List.of(other), config -> !config.hasPath(other), "no " + other + " beside it"));
        }
        rules.add(new Rule(
                "pipeline.recompute-layers",
                List.of("pipeline.recompute"),
                config -> !isOn(config, "pipeline.recompute"),
                "pipeline.recompute = false, or a list of stages"));
        rules.add(new Rule(
                "pipeline.messages",
                List.of(STAGES, RANKS, CHUNKS, SCHEDULE),
                config -> !named.test(config) || !isOneStage(config),
                "two stages or more, which send each other messages"));
    }

    /** Whether the network is said not to be cut; how many stages auto means, the model decides. */
    private static boolean isOneStage(Config config) {
        String schedule = config.getString(SCHEDULE);
        if (!config.hasPath(RANKS)) {
            return config.getString(STAGES).equals("1");
        }
        boolean single = config.hasPath(CHUNKS)
                ? number(config, CHUNKS) == 1
                : Discipline.named(schedule).isPresent()
                        || Schedules.usualChunks(schedule).orElse(0) == 1;
        return number(config, RANKS) == 1 && single;
    }

    private static void outputs(List<Rule> rules) {
        List<String> deciders = List.of("logs.formats", "logs.folder");
        rules.add(new Rule(
                "logs.every",
                deciders,
                config -> !OutputReader.formats(config).isEmpty(),
                "logs.formats or logs.folder"));
        for (String key : List.of("logs.histograms", "logs.gradient-histograms")) {
            rules.add(new Rule(
                    key,
                    deciders,
                    config -> OutputReader.formats(config).contains("tensorboard"),
                    "logs.formats = [tensorboard]"));
        }
        for (String key : List.of("folder", "keep", "interval", "overhead", "shared", "copies")) {
            rules.add(new Rule(
                    "checkpoint." + key,
                    List.of("checkpoint.enabled"),
                    config -> config.getBoolean("checkpoint.enabled"),
                    "checkpoint.enabled = true"));
        }
        rules.add(new Rule(
                "checkpoint.overhead",
                List.of("checkpoint.interval"),
                SettingRules::paysForCheckpoints,
                "checkpoint.interval = " + CheckpointSettings.AUTO));
    }

    /** Whether checkpoints come as often as they may cost. */
    private static boolean paysForCheckpoints(Config config) {
        try {
            return config.getString("checkpoint.interval").equals(CheckpointSettings.AUTO);
        } catch (ConfigException _) {
            // what it should be is said where it is read
            return true;
        }
    }

    private static double number(Config config, String key) {
        try {
            return config.getDouble(key);
        } catch (ConfigException _) {
            // what it should be is said where it is read
            return Double.NaN;
        }
    }

    private static boolean isOn(Config config, String key) {
        try {
            return config.getBoolean(key);
        } catch (ConfigException _) {
            // another kind of value, or none: what it should be is said where it is read
            return false;
        }
    }

    private static boolean decays(Config config) {
        String key = OPTIMIZER + "weight-decay";
        return config.hasPath(key)
                ? number(config, key) != 0
                : Set.of("adamw", "nadamw").contains(config.getString(OPTIMIZER + "name"));
    }

    /** Whether there is a time to be counted: a constant rate has none, a cycle only where its length is given. */
    private static boolean countsTime(Config config) {
        return number(config, RATE + "warm-up") > 0
                || switch (config.getString(RATE + "name")) {
                    case "constant", "plateau" -> false;
                    case "one-cycle" -> config.hasPath(RATE + "length");
                    default -> true;
                };
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
