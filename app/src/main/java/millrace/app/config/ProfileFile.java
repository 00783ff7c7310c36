package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.app.output.json.JsonLine;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;
import millrace.schedule.auto.LayerProfile;
import millrace.schedule.auto.LayerProfile.Size;
import millrace.schedule.auto.NetworkProfile;

/**
 * What a network takes and holds layer by layer, as a JSON file (HOCON is read too):
 *
 * <pre>
 * {"network": "mlp-deep",
 *  "layers": [{"name": "dense 1024", "weight_bytes": 4198400, "sizes": [
 *     {"samples": 32, "forward_s": 0.0011, "backward_s": 0.0024, "backward_input_s": 0.0011, "backward_weight_s": 0.0013,
 *      "kept_bytes": 131072, "input_bytes": 131072, "step_s": 0.0004}]}],
 *  "link": {"latency_s": 0.00002, "bytes_per_s": 1.0e9}, "links": [{"from": 0, "to": 1, "latency_s": 0.001}],
 *  "rank_speed": [1, 0.5], "action_overhead_s": 0.00001, "exchange_s": 0.004, "optimizer_copies": 2}
 * </pre>
 *
 * Of a layer's size samples, forward_s, backward_input_s and backward_weight_s are needed. input_bytes is what comes into the layer
 * for so many samples; exchange_s and exchange_bytes are what two copies of the network need to add up their gradients. What is not said is 0, but for backward_s (the sum of its parts), kept_for_weight_bytes (kept_bytes),
 * bytes_per_s (no limit) and rank_speed (1).
 *
 * @param network the name of the network that was measured; empty in a file by hand that does not say
 */
public record ProfileFile(NetworkProfile profile, Optional<String> network) {
    private static final Set<String> TOP = Set.of(
            "network", "layers", "link", "links", "rank_speed", "action_overhead_s", "exchange_s", "optimizer_copies");
    private static final Set<String> LAYER = Set.of("name", "weight_bytes", "exchange_bytes", "sizes");
    private static final Set<String> LINK = Set.of("from", "to", "latency_s", "bytes_per_s");
    private static final Set<String> SIZE = Set.of(
            "samples",
            "forward_s",
            "backward_s",
            "backward_input_s",
            "backward_weight_s",
            "step_s",
            "kept_bytes",
            "kept_for_weight_bytes",
            "input_bytes",
            "work_bytes",
            "boundary_bytes");

    /**
     * @param otherwise copies of the weights that an optimizer needs, where the file does not say
     * @throws IllegalArgumentException when the file cannot be read, or says what makes no sense
     */
    public static ProfileFile read(Path file, double otherwise) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException(
                    "profile: " + file + " (expected: a file that can be read, as millrace profile writes it)");
        }
        Config config;
        try {
            config = ConfigFiles.parseAnyName(file).resolve();
        } catch (ConfigException | IllegalArgumentException e) {
            String problem = e instanceof ConfigException parsing ? ConfigFiles.oneLine(parsing) : e.getMessage();
            throw new IllegalArgumentException(
                    "profile " + file + ": " + problem + " (expected: JSON, as millrace profile writes it)", e);
        }
        try {
            return read(config, otherwise);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("profile " + file + ": " + e.getMessage(), e);
        }
    }

    private static ProfileFile read(Config config, double otherwise) {
        requireKnown(config, TOP, "");
        Settings top = new Settings(config);
        List<LayerProfile> layers = new ArrayList<>();
        for (Config layer : blocks(config, "layers", "")) {
            layers.add(layer(layer, "layers[" + layers.size() + "]"));
        }
        Link link = config.hasPath("link") ? link(block(config, "link"), "link") : Link.FREE;
        Map<RankPair, Link> links = new HashMap<>();
        if (config.hasPath("links")) {
            for (Config entry : blocks(config, "links", "")) {
                Settings settings = new Settings(entry).called("links");
                links.put(new RankPair(settings.integer("from"), settings.integer("to")), link(entry, "links"));
            }
        }
        NetworkProfile profile = new NetworkProfile(
                layers,
                link,
                links,
                top.has("rank_speed") ? top.numbers("rank_speed") : List.of(),
                top.number("action_overhead_s", 0),
                top.number("exchange_s", 0),
                top.number("optimizer_copies", otherwise));
        return new ProfileFile(profile, top.has("network") ? Optional.of(top.text("network")) : Optional.empty());
    }

    private static LayerProfile layer(Config config, String name) {
        requireKnown(config, LAYER, name + ".");
        Settings settings = new Settings(config).called(name);
        List<Size> sizes = new ArrayList<>();
        for (Config size : blocks(config, "sizes", name + ".")) {
            String where = name + ".sizes[" + sizes.size() + "]";
            requireKnown(size, SIZE, where + ".");
            sizes.add(size(new Settings(size).called(where)));
        }
        return new LayerProfile(
                settings.has("name") ? settings.text("name") : name,
                settings.number("weight_bytes", 0),
                settings.number("exchange_bytes", 0),
                sizes);
    }

    private static Size size(Settings size) {
        double input = size.number("backward_input_s");
        double weight = size.number("backward_weight_s");
        double kept = size.number("kept_bytes", 0);
        return new Size(
                size.integer("samples"),
                size.number("forward_s"),
                size.number("backward_s", input + weight),
                input,
                weight,
                size.number("step_s", 0),
                kept,
                size.number("kept_for_weight_bytes", kept),
                size.number("input_bytes", 0),
                size.number("work_bytes", 0),
                size.number("boundary_bytes", 0));
    }

    private static Link link(Config config, String name) {
        requireKnown(config, LINK, name + ".");
        Settings link = new Settings(config).called(name);
        return new Link(link.number("latency_s", 0), link.number("bytes_per_s", Double.POSITIVE_INFINITY));
    }

    private static List<? extends Config> blocks(Config config, String key, String path) {
        try {
            return config.getConfigList(key);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(
                    path + key + ": "
                            + (config.hasPath(key) ? config.getValue(key).unwrapped() : "nothing")
                            + " (expected: a list of objects)",
                    e);
        }
    }

    private static Config block(Config config, String key) {
        try {
            return config.getConfig(key);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(
                    key + ": " + config.getValue(key).unwrapped() + " (expected: an object)", e);
        }
    }

    private static void requireKnown(Config config, Set<String> known, String path) {
        for (String key : config.root().keySet()) {
            if (!known.contains(key)) {
                throw new IllegalArgumentException(path + key + ": unknown key (expected: one of "
                        + String.join(", ", known.stream().sorted().toList()) + ")");
            }
        }
    }

    /** The text of a file that reads back as the same. */
    public String text() {
        List<JsonLine> layers = profile.layers().stream()
                .map(layer -> new JsonLine()
                        .put("name", layer.name())
                        .put("weight_bytes", layer.weightBytes())
                        .put("exchange_bytes", layer.exchangeBytes())
                        .put(
                                "sizes",
                                layer.sizes().stream().map(ProfileFile::line).toList()))
                .toList();
        JsonLine line = new JsonLine();
        network.ifPresent(name -> line.put("network", name));
        line.put("layers", layers).put("link", line(profile.link()));
        line.put(
                "links",
                profile.links().entrySet().stream()
                        .map(entry -> line(entry.getValue())
                                .put("from", entry.getKey().from())
                                .put("to", entry.getKey().to()))
                        .toList());
        return line.put("rank_speed", profile.rankSpeeds())
                        .put("action_overhead_s", profile.actionOverhead())
                        .put("exchange_s", profile.exchangeTime())
                        .put("optimizer_copies", profile.optimizerCopies())
                        .toString()
                        // a layer a line
                        .replace("{\"name\"", "\n {\"name\"")
                        .replace("],\"link\"", "],\n\"link\"")
                + "\n";
    }

    private static JsonLine line(Link link) {
        JsonLine line = new JsonLine().put("latency_s", link.latency());
        return link.bandwidth() < Double.POSITIVE_INFINITY ? line.put("bytes_per_s", link.bandwidth()) : line;
    }

    private static JsonLine line(Size size) {
        return new JsonLine()
                .put("samples", size.samples())
                .put("forward_s", size.forward())
                .put("backward_s", size.backward())
                .put("backward_input_s", size.backwardInput())
                .put("backward_weight_s", size.backwardWeight())
                .put("step_s", size.step())
                .put("kept_bytes", size.keptBytes())
                .put("kept_for_weight_bytes", size.keptForWeightBytes())
                .put("input_bytes", size.inputBytes())
                .put("work_bytes", size.workBytes())
                .put("boundary_bytes", size.boundaryBytes());
    }
}
