package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;
import millrace.schedule.Costs.StageCost;

/**
 * Costs of a line as a HOCON or JSON file, stage by stage:
 *
 * <pre>
 * stages = [
 *   { forward = 1.2, backward-input = 1.1, backward-weight = 1.3, backward = 2.3, memory = 1, weight-memory = 0.4,
 *     activation-bytes = 131072, delta-bytes = 131072 }
 *   ...
 * ]
 * link { latency = 0.01, bandwidth = 1.0e9 }
 * links = [ { from = 0, to = 1, latency = 0.5 } ]
 * most-held = 2
 * </pre>
 *
 * most-held is how many micro-batches a rank may hold in a schedule that is planned from costs. Only forward, backward-input and backward-weight are needed. Times in any one unit, bandwidth in bytes of it.
 */
public final class CostFile {
    private static final List<String> KEYS = List.of(
            "forward",
            "backward",
            "backward-input",
            "backward-weight",
            "recompute",
            "memory",
            "input-memory",
            "weight-memory",
            "activation-bytes",
            "delta-bytes");

    private static final List<String> TOP = List.of("stages", "link", "links", "most-held");

    private static final List<String> LINK = List.of("from", "to", "latency", "bandwidth");

    private CostFile() {}

    /**
     * @param stages of the schedule that the costs are for
     * @throws IllegalArgumentException when the file cannot be read or is of another number of stages
     */
    public static Costs read(Path file, int stages) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException(
                    "cost file: " + file + " (expected: a file that can be read, as compare --save-costs writes it)");
        }
        Config config;
        try {
            config = ConfigFiles.parseAnyName(file).resolve();
        } catch (ConfigException | IllegalArgumentException e) {
            throw new IllegalArgumentException("cost file " + file + ": " + e.getMessage() + " (expected: HOCON)", e);
        }
        return read(config, "cost file " + file, stages);
    }

    /**
     * The same from a block of a run file.
     *
     * @param where for errors
     */
    static Costs read(Config config, String where, int stages) {
        requireKnown(config, TOP, where + ": ");
        List<StageCost> costs = new ArrayList<>();
        for (Config stage : list(config, where, "stages")) {
            costs.add(read(where + ", stage " + costs.size(), () -> {
                requireKnown(stage, KEYS, "");
                return stage(new Settings(stage));
            }));
        }
        if (costs.size() != stages) {
            throw new IllegalArgumentException(
                    where + ": " + costs.size() + " stages (expected: " + stages + ", as many as the schedule has)");
        }
        Settings top = new Settings(config);
        Link link = top.has("link") ? read(where + ", link", () -> link(top.block("link"))) : Link.FREE;
        Map<RankPair, Link> links = new HashMap<>();
        if (config.hasPath("links")) {
            for (Config entry : list(config, where, "links")) {
                Settings settings = new Settings(entry);
                RankPair pair =
                        read(where + ", links", () -> new RankPair(settings.integer("from"), settings.integer("to")));
                links.put(pair, read(where + ", links", () -> link(entry)));
            }
        }
        Costs all = new Costs(costs, link, links);
        return top.has("most-held") ? read(where, () -> all.holding(top.integer("most-held"))) : all;
    }

    private static <T> T read(String where, Supplier<T> part) {
        try {
            return part.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        }
    }

    private static List<? extends Config> list(Config config, String where, String key) {
        try {
            return config.getConfigList(key);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(where + ": " + key + " (expected: a list of blocks in braces)", e);
        }
    }

    private static void requireKnown(Config block, List<String> known, String where) {
        for (String key : block.root().keySet()) {
            if (!known.contains(key)) {
                throw new IllegalArgumentException(
                        where + key + " (expected: one of " + String.join(", ", known) + ")");
            }
        }
    }

    private static StageCost stage(Settings stage) {
        double forward = stage.number("forward");
        double input = stage.number("backward-input");
        double weight = stage.number("backward-weight");
        double memory = stage.number("memory", 1);
        return new StageCost(
                forward,
                stage.number("backward", input + weight),
                input,
                weight,
                stage.number("recompute", forward),
                memory,
                stage.number("input-memory", 0),
                stage.number("weight-memory", memory),
                stage.number("activation-bytes", 0),
                stage.number("delta-bytes", 0));
    }

    private static Link link(Config block) {
        requireKnown(block, LINK, "");
        Settings link = new Settings(block);
        return new Link(link.number("latency", 0), link.number("bandwidth", Double.POSITIVE_INFINITY));
    }

    /** The text of a file that reads back as the same costs. */
    public static String write(Costs costs) {
        StringBuilder text = new StringBuilder("# times in one unit, stage by stage\nstages = [\n");
        for (StageCost cost : costs.stages()) {
            text.append(String.format(
                    Locale.ROOT,
                    "  { forward = %s, backward = %s, backward-input = %s, backward-weight = %s, recompute = %s,"
                            + " memory = %s, input-memory = %s, weight-memory = %s, activation-bytes = %s,"
                            + " delta-bytes = %s }%n",
                    cost.forward(),
                    cost.backward(),
                    cost.backwardInput(),
                    cost.backwardWeight(),
                    cost.recompute(),
                    cost.memory(),
                    cost.inputMemory(),
                    cost.weightMemory(),
                    cost.activationBytes(),
                    cost.deltaBytes()));
        }
        text.append("]\nlink ").append(written(costs.link())).append('\n');
        if (!costs.links().isEmpty()) {
            text.append("links = [\n");
            costs.links().entrySet().stream()
                    .sorted(Comparator.comparingInt((Map.Entry<RankPair, Link> entry) ->
                                    entry.getKey().from())
                            .thenComparingInt(entry -> entry.getKey().to()))
                    .forEach(entry -> text.append("  { from = ")
                            .append(entry.getKey().from())
                            .append(", to = ")
                            .append(entry.getKey().to())
                            .append(", ")
                            .append(written(entry.getValue()).substring(2))
                            .append('\n'));
            text.append("]\n");
        }
        if (costs.mostHeld() < Integer.MAX_VALUE) {
            text.append("most-held = ").append(costs.mostHeld()).append('\n');
        }
        return text.toString();
    }

    /** The same as a block of a run file. */
    public static Map<String, Object> block(Costs costs) {
        return RunFile.parse(write(costs)).root().unwrapped();
    }

    private static String written(Link link) {
        String bandwidth = link.bandwidth() < Double.POSITIVE_INFINITY ? ", bandwidth = " + link.bandwidth() : "";
        return "{ latency = " + link.latency() + bandwidth + " }";
    }
}
