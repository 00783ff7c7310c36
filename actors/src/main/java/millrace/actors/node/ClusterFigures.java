package millrace.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import millrace.actors.access.Access;
import millrace.actors.access.Credential;
import millrace.actors.cluster.WorkerShares;
import millrace.actors.jobs.JobsProtocol.ClusterStatus;
import millrace.actors.probe.ProbeProtocol;
import millrace.actors.probe.ProbeProtocol.AskLink;
import millrace.actors.probe.ProbeProtocol.AskNode;
import millrace.actors.probe.ProbeProtocol.AskSpeed;
import millrace.actors.probe.ProbeProtocol.LinkSpeed;
import millrace.actors.probe.ProbeProtocol.ProbedNode;
import millrace.actors.probe.ProbeProtocol.Speed;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;

/**
 * What the nodes of a cluster and the links between them were measured to be like.
 *
 * @param nodes that get ranks of the line, in the order of these
 * @param links by two ranks on different nodes; bytes a second
 */
public record ClusterFigures(List<NodeFigures> nodes, Map<RankPair, Link> links) {
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration MEASUREMENT = Duration.ofSeconds(60);

    /**
     * A node.
     *
     * @param address host:port
     * @param ranks that it gets
     * @param gigaflops 10^9 operations a second of each of them, when all of them multiply
     */
    public record NodeFigures(String address, List<Integer> ranks, double gigaflops) {}

    public ClusterFigures {
        nodes = List.copyOf(nodes);
        links = Map.copyOf(links);
    }

    /** Ranks of the line. */
    public int ranks() {
        return nodes.stream().mapToInt(node -> node.ranks().size()).sum();
    }

    /** The most ranks that a node gets. */
    public int mostOnANode() {
        return nodes.stream().mapToInt(node -> node.ranks().size()).max().orElse(0);
    }

    /** Measures; empty when it was enough before all was measured. */
    static Optional<ClusterFigures> measure(
            ActorSystem<?> system, ClusterJobs jobs, int ranks, Consumer<String> progress, BooleanSupplier enough) {
        ClusterStatus status = jobs.status();
        requireIdle(status);
        List<ProbedNode> nodes = nodes(system, status.idle().size());
        List<List<Integer>> shares = WorkerShares.count(
                ranks == 0 ? nodes.size() : ranks,
                nodes.stream().map(ProbedNode::capacity).toList());
        Access access = Access.of(system.settings().config());
        List<NodeFigures> figures = new ArrayList<>();
        // one after the other, so that nobody is disturbed who shares a machine
        for (int i = 0; i < nodes.size(); i++) {
            ProbedNode node = nodes.get(i);
            List<Integer> own = shares.get(i);
            if (enough.getAsBoolean()) {
                return Optional.empty();
            }
            if (!own.isEmpty()) {
                progress.accept("node " + node.address());
                int threads = own.size();
                Optional<Credential> credential = access.sign(AskSpeed.signedText(threads));
                Speed speed = asked(system, node, MEASUREMENT, replyTo -> new AskSpeed(threads, credential, replyTo));
                requireMeasured(speed.problem());
                figures.add(new NodeFigures(node.address(), own, speed.gigaflops() / own.size()));
            }
        }
        Map<RankPair, Link> links = new LinkedHashMap<>();
        Optional<Credential> credential = access.sign(AskLink.SIGNED_TEXT);
        for (int i = 0; i < nodes.size(); i++) {
            for (int j = i + 1; j < nodes.size(); j++) {
                if (enough.getAsBoolean()) {
                    return Optional.empty();
                }
                if (!shares.get(i).isEmpty() && !shares.get(j).isEmpty()) {
                    ProbedNode one = nodes.get(i);
                    ProbedNode other = nodes.get(j);
                    progress.accept("link between " + one.address() + " and " + other.address());
                    LinkSpeed speed =
                            asked(system, one, MEASUREMENT, replyTo -> new AskLink(other.probe(), credential, replyTo));
                    requireMeasured(speed.problem());
                    Link link = new Link(speed.latency(), speed.bandwidth());
                    for (int from : shares.get(i)) {
                        for (int to : shares.get(j)) {
                            links.put(new RankPair(from, to), link);
                            links.put(new RankPair(to, from), link);
                        }
                    }
                }
            }
        }
        requireIdle(jobs.status());
        return Optional.of(new ClusterFigures(figures, links));
    }

    private static void requireIdle(ClusterStatus status) {
        if (!status.runs().isEmpty()) {
            String run = status.runs().getFirst().runId().orElse("?");
            throw new IllegalArgumentException(
                    "cluster: it works on the run " + run
                            + " (expected: no run while it is measured, both would be disturbed); wait for its end, or cancel it");
        }
    }

    private static void requireMeasured(String problem) {
        if (!problem.isEmpty()) {
            throw new IllegalArgumentException(
                    "cluster: " + problem + " (expected: nodes that can be measured); see millrace status");
        }
    }

    /** All that work, in the order in which they get ranks. */
    private static List<ProbedNode> nodes(ActorSystem<?> system, int expected) {
        Set<ActorRef<ProbeProtocol.Command>> probes =
                Registered.await(system, ProbeProtocol.KEY, found -> found.size() == expected);
        if (probes.isEmpty() || probes.size() != expected) {
            throw new IllegalArgumentException(
                    "cluster: " + probes.size() + " nodes that can be measured, and " + expected
                            + " that have no run (expected: as many, 1 or more); is one coming or going? see millrace status");
        }
        List<ProbedNode> nodes = new ArrayList<>();
        for (ActorRef<ProbeProtocol.Command> probe : probes) {
            String address = probe.path().address().hostPort();
            nodes.add(asked(system, probe, address, ANSWER, AskNode::new));
        }
        nodes.sort(Comparator.comparing(ProbedNode::address, WorkerShares.BY_ADDRESS));
        return nodes;
    }

    private static <T> T asked(
            ActorSystem<?> system,
            ProbedNode node,
            Duration patience,
            Function<ActorRef<T>, ProbeProtocol.Command> question) {
        return asked(system, node.probe(), node.address(), patience, question);
    }

    private static <T> T asked(
            ActorSystem<?> system,
            ActorRef<ProbeProtocol.Command> probe,
            String address,
            Duration patience,
            Function<ActorRef<T>, ProbeProtocol.Command> question) {
        try {
            return AskPattern.ask(probe, question, patience, system.scheduler())
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException e) {
            throw new IllegalArgumentException(
                    "cluster: node " + address + " has not answered within " + patience.toSeconds()
                            + " s (expected: nodes that answer); is it busy, or gone? see millrace status",
                    e);
        }
    }
}
