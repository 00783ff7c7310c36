package millrace.app.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import millrace.actors.cluster.ClusterNode;
import millrace.actors.cluster.NodeSettings;

/** How commands take part in a cluster. */
public final class ClusterTraining {
    private ClusterTraining() {}

    /** The settings of the deployment: the file that the launcher names, and system properties. */
    public static Config deployment() {
        return ConfigFactory.defaultOverrides().withFallback(ConfigFactory.defaultApplication());
    }

    /**
     * A node that takes part as a client.
     *
     * @param host that others reach it at
     * @param join nodes of the cluster; empty to begin one
     */
    public static ClusterNode client(String host, List<String> join, Config deployment) {
        NodeSettings settings = new NodeSettings(host, 0, join, Set.of(NodeSettings.CLIENT), 1);
        return ClusterNode.start(settings, new Plans(), deployment, () -> {});
    }

    /** Waits until a node has been admitted to its cluster, or has given up. */
    public static boolean awaitUp(ClusterNode node) {
        while (!node.isUp() && !node.ended().toCompletableFuture().isDone()) {
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return node.isUp();
    }

    /**
     * Waits until a node has been admitted to its cluster.
     *
     * @throws IllegalArgumentException when nobody answers, or it is refused
     */
    public static void requireJoined(ClusterNode node, String cluster) {
        if (!awaitUp(node)) {
            throw new IllegalArgumentException("cluster: " + cluster
                    + " (expected: a node that answers, of the same wire version and transport); is it running, and"
                    + " reachable?");
        }
    }
}
