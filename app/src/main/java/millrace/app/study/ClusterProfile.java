package millrace.app.study;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import millrace.actors.node.ClusterFigures;
import millrace.actors.node.ClusterFigures.NodeFigures;
import millrace.app.config.ProfileFile;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.nn.backend.Backend;
import millrace.nn.backend.PeakRate;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;

/**
 * The profile of a network for the nodes of a cluster: the layers as they were measured on this machine, and how much faster or slower
 * each node multiplies than it does.
 *
 * @param figures of the cluster
 * @param own 10^9 operations a second of a rank on this machine, with as many beside it as the fullest node has
 */
public record ClusterProfile(ClusterFigures figures, double own) {
    /** Measures this machine as the cluster's nodes were. */
    public static ClusterProfile of(ClusterFigures figures) {
        int together = figures.mostOnANode();
        return new ClusterProfile(
                figures, PeakRate.measure(Backend.fast().float32(), together).gigaflops() / together);
    }

    /** The profile of a network that was measured here, on these nodes. */
    public ProfileFile on(ProfileFile here) {
        return new ProfileFile(here.profile().onRanks(speeds()).over(figures.links()), here.network());
    }

    /** How fast each rank is: 1 is one of this machine. */
    private List<Double> speeds() {
        List<Double> speeds = new ArrayList<>();
        for (NodeFigures node : figures.nodes()) {
            node.ranks().forEach(_ -> speeds.add(speed(node)));
        }
        return speeds;
    }

    private double speed(NodeFigures node) {
        return Math.round(1000 * node.gigaflops() / own) / 1000.0;
    }

    /** An object for each node and each link. */
    public List<JsonLine> lines() {
        List<JsonLine> lines = new ArrayList<>();
        figures.nodes()
                .forEach(node -> lines.add(JsonLine.event("node")
                        .put("address", node.address())
                        .put("ranks", node.ranks())
                        .put("gflops", node.gigaflops())
                        .put("speed", speed(node))));
        onceEach()
                .forEach(entry -> lines.add(JsonLine.event("link")
                        .put("from", entry.getKey().from())
                        .put("to", entry.getKey().to())
                        .put("latency_s", entry.getValue().latency())
                        .put("bytes_per_s", entry.getValue().bandwidth())));
        return lines;
    }

    /** For people. */
    public String text() {
        Table nodes = new Table().flushLeft().row("node", "ranks", "GFLOP/s a rank", "speed");
        figures.nodes()
                .forEach(node -> nodes.row(
                        node.address(),
                        node.ranks(),
                        String.format(Locale.ROOT, "%.1f", node.gigaflops()),
                        String.format(Locale.ROOT, "%.3f", speed(node))));
        Table links = new Table().flushLeft().row("ranks", "latency", "MB/s");
        onceEach()
                .forEach(entry -> links.row(
                        entry.getKey().from() + " - " + entry.getKey().to(),
                        String.format(
                                Locale.ROOT, "%.0f us", 1e6 * entry.getValue().latency()),
                        String.format(Locale.ROOT, "%.0f", entry.getValue().bandwidth() / 1e6)));
        return nodes + (figures.links().isEmpty() ? "" : "\n\n" + links);
    }

    /** A link was measured there and back. */
    private List<Map.Entry<RankPair, Link>> onceEach() {
        return figures.links().entrySet().stream()
                .filter(entry -> entry.getKey().from() < entry.getKey().to())
                .sorted(Map.Entry.comparingByKey(
                        Comparator.comparingInt(RankPair::from).thenComparingInt(RankPair::to)))
                .toList();
    }
}
