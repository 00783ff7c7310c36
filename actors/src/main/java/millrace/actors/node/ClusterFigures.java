package millrace.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.receptionist.Receptionist;
import akka.japi.function.Function;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import millrace.actors.cluster.CoordinatorProtocol.Status;
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
    private static final int LOOKS = 50;
    private static final long LOOK_AGAIN_MILLIS = 200;

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

    static ClusterFigures measure(ActorSystem<?> system, ClusterStatus status, int ranks, Consumer<String> progress) {
        status.first().flatMap(Status::runId).ifPresent(run -> {
            throw new IllegalArgumentException("cluster: it works on the run " + run
                    + " (expected: no run, it would be disturbed and disturb); wait for its end, or cancel it");
        });
        List<ProbedNode> nodes = nodes(system, status.idle().size());
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("cluster: no worker (expected: 1 or more)");
        }
        List<List<Integer>> shares = WorkerShares.count(
                ranks == 0 ? nodes.size() : ranks,
                nodes.stream().map(ProbedNode::capacity).toList());
        List<NodeFigures> figures = new ArrayList<>();
        // one after the other, so that nobody is disturbed who shares a machine
        for (int i = 0; i < nodes.size(); i++) {
            ProbedNode node = nodes.get(i);
            List<Integer> own = shares.get(i);
            if (!own.isEmpty()) {
                progress.accept("node " + node.address());
                Speed speed = asked(system, node, MEASUREMENT, replyTo -> new AskSpeed(own.size(), replyTo));
                requireMeasured(speed.problem());
                figures.add(new NodeFigures(node.address(), own, speed.gigaflops() / own.size()));
            }
        }
        Map<RankPair, Link> links = new LinkedHashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (int j = i + 1; j < nodes.size(); j++) {
                if (!shares.get(i).isEmpty() && !shares.get(j).isEmpty()) {
                    ProbedNode one = nodes.get(i);
                    ProbedNode other = nodes.get(j);
                    progress.accept("link between " + one.address() + " and " + other.address());
                    LinkSpeed speed = asked(system, one, MEASUREMENT, replyTo -> new AskLink(other.probe(), replyTo));
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
        return new ClusterFigures(figures, links);
    }

    private static void requireMeasured(String problem) {
        if (!problem.isEmpty()) {
            throw new IllegalArgumentException("cluster: " + problem + " (expected: nodes that can be measured)");
        }
    }

    /** Those that work, in the order in which they get ranks; a command that has just joined learns of them in a moment. */
    private static List<ProbedNode> nodes(ActorSystem<?> system, int expected) {
        List<ActorRef<ProbeProtocol.Command>> probes = listed(system);
        for (int look = 1; look < LOOKS && probes.size() < expected; look++) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            probes = listed(system);
        }
        List<ProbedNode> nodes = new ArrayList<>();
        for (ActorRef<ProbeProtocol.Command> probe : probes) {
            nodes.add(AskPattern.<ProbeProtocol.Command, ProbedNode>ask(probe, AskNode::new, ANSWER, system.scheduler())
                    .toCompletableFuture()
                    .join());
        }
        nodes.sort(Comparator.comparing(ProbedNode::address, WorkerShares.BY_ADDRESS));
        return nodes;
    }

    private static List<ActorRef<ProbeProtocol.Command>> listed(ActorSystem<?> system) {
        return AskPattern.<Receptionist.Command, Receptionist.Listing>ask(
                        system.receptionist(),
                        replyTo -> Receptionist.find(ProbeProtocol.KEY, replyTo),
                        ANSWER,
                        system.scheduler())
                .thenApply(listing -> List.copyOf(listing.getServiceInstances(ProbeProtocol.KEY)))
                .toCompletableFuture()
                .join();
    }

    private static <T> T asked(
            ActorSystem<?> system,
            ProbedNode node,
            Duration patience,
            Function<ActorRef<T>, ProbeProtocol.Command> question) {
        try {
            return AskPattern.ask(node.probe(), question, patience, system.scheduler())
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException e) {
            throw new IllegalArgumentException(
                    "cluster: node " + node.address() + " has not answered within " + patience.toSeconds()
                            + " s (expected: nodes that can be measured)",
                    e);
        }
    }
}
