package millrace.actors.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import millrace.actors.cluster.PlanSource;

/**
 * A cluster in this JVM: its nodes are actor systems that talk to each other over loopback as processes would. One that
 * the others took for dead, because it was cut off, joins again.
 */
public final class LocalCluster implements AutoCloseable {
    private static final String RUNS = "millrace.node.runs";

    private final ClusterNode client;
    private final boolean ownsClient;
    private final PlanSource plans;
    private final Config deployment;
    private final List<ClusterNode> nodes = new ArrayList<>();
    private final List<Boolean> wanted = new ArrayList<>();

    private LocalCluster(ClusterNode client, boolean ownsClient, PlanSource plans, Config deployment) {
        this.client = client;
        this.ownsClient = ownsClient;
        this.plans = plans;
        this.deployment = deployment;
    }

    /**
     * A cluster of its own, with a client besides the nodes.
     *
     * @param count nodes that work, 1 or more
     * @param plans what the runs are made with, such as {@link millrace.actors.Training#onNodes}
     */
    public static LocalCluster start(int count, PlanSource plans) {
        // what the program has set of Akka is meant for its own actor systems, such as the cluster that it is a node of
        Config deployment = ConfigFactory.parseMap(Map.of("akka.loglevel", "ERROR"))
                .withFallback(ConfigFactory.defaultOverrides()
                        .withFallback(ConfigFactory.defaultApplication())
                        .withoutPath("akka"));
        NodeSettings settings = NodeSettings.client("127.0.0.1", List.of());
        ClusterNode client = ClusterNode.start(settings, plans, deployment, () -> {});
        return new LocalCluster(client, true, plans, deployment).grownTo(count);
    }

    /**
     * Nodes that join a cluster which there is; closing ends these nodes and leaves the others.
     *
     * @param client the node that they join
     * @param deployment settings of the actor systems, over Millrace's own
     */
    public static LocalCluster join(int count, ClusterNode client, PlanSource plans, Config deployment) {
        return new LocalCluster(client, false, plans, deployment).grownTo(count);
    }

    private LocalCluster grownTo(int count) {
        if (count < 1) {
            close();
            throw new IllegalArgumentException("nodes: " + count + " (expected: 1 or more)");
        }
        for (int i = 0; i < count; i++) {
            wanted.add(true);
            nodes.add(started(i));
        }
        return this;
    }

    private ClusterNode started(int number) {
        NodeSettings settings = new NodeSettings(
                "127.0.0.1", 0, List.of(client.address()), Set.of(NodeSettings.TRAINER, NodeSettings.WORKER), 1);
        // each with a disk of its own
        String runs = deployment.hasPath(RUNS) ? deployment.getString(RUNS) : "runs";
        Config own = deployment.withValue(RUNS, ConfigValueFactory.fromAnyRef(runs + "/node-" + (number + 1)));
        ClusterNode node = ClusterNode.start(settings, plans, own, () -> {});
        CompletionStage<Void> _ = node.ended().thenRunAsync(() -> ended(number));
        return node;
    }

    /** Others look at the nodes while one is started, which takes its time. */
    private void ended(int number) {
        if (isWanted(number)) {
            ClusterNode again = started(number);
            if (!taken(number, again)) {
                again.crash();
            }
        }
    }

    private synchronized boolean isWanted(int number) {
        return wanted.get(number);
    }

    private synchronized boolean taken(int number, ClusterNode node) {
        if (wanted.get(number)) {
            nodes.set(number, node);
            return true;
        }
        return false;
    }

    /** The node that runs are ordered with; it works on none. */
    public ClusterNode client() {
        return client;
    }

    /** Number of nodes that were started, those that were killed included. */
    public int count() {
        return nodes.size();
    }

    /** A node by its number, counted from 0. */
    public synchronized ClusterNode node(int number) {
        return nodes.get(number);
    }

    /** Ends a node for good, without a word to the others. */
    public synchronized void kill(int number) {
        wanted.set(number, false);
        crash(number);
    }

    /** Ends a node without a word to the others, and starts a new one in its place, with its disk and without its memory. */
    public synchronized void crash(int number) {
        nodes.get(number).crash();
    }

    /** Ends all nodes that it has started, and waits for their end. */
    @Override
    public void close() {
        List<ClusterNode> left;
        synchronized (this) {
            wanted.replaceAll(_ -> false);
            left = new ArrayList<>(nodes);
        }
        if (ownsClient) {
            left.add(client);
        }
        left.forEach(ClusterNode::crash);
        left.forEach(node -> node.ended().toCompletableFuture().join());
    }
}
