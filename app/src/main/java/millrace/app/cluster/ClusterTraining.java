package millrace.app.cluster;

import com.typesafe.config.Config;
import java.util.List;
import java.util.concurrent.TimeUnit;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.app.config.ConfigFiles;

/** How commands take part in a cluster. */
public final class ClusterTraining {
    private ClusterTraining() {}

    /**
     * The settings of the deployment: the file that the launcher names, and system properties.
     *
     * @throws IllegalArgumentException when the file, or one that it includes, is not there or cannot be read
     */
    public static Config deployment() {
        return ConfigFiles.application();
    }

    /**
     * A node that takes part as a client.
     *
     * @param host that others reach it at
     * @param join nodes of the cluster; empty to begin one
     */
    public static ClusterNode client(String host, List<String> join, Config deployment) {
        NodeSettings settings = NodeSettings.client(host, join);
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
            node.ended().toCompletableFuture().join();
            throw notJoined(node, "cluster", cluster);
        }
    }

    /** Why a node was not admitted, as far as it knows. */
    public static IllegalArgumentException notJoined(ClusterNode node, String what, String cluster) {
        return new IllegalArgumentException(what + ": " + cluster
                + node.refusal()
                        .map(why -> " refuses this node: " + why
                                + "; use the same release of Millrace and the same deployment file (MILLRACE_CONF)"
                                + " everywhere")
                        .orElse(" (expected: a node of a cluster that answers, by the same transport); is it running,"
                                + " and reachable? with tls-tcp, does it trust this node's certificate?"));
    }
}
