package millrace.app.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.app.config.ConfigFiles;

/** How commands take part in a cluster. */
public final class ClusterTraining {
    private static final Duration LOOK_AFTER = Duration.ofSeconds(4);

    private ClusterTraining() {}

    /**
     * The settings of the deployment: the file that the launcher names, and system properties.
     *
     * @throws IllegalArgumentException when the file, or one that it includes, is not there or cannot be read
     */
    public static Config deployment() {
        // beside what else a node keeps, unless the deployment says otherwise
        String cache = StateFolder.path().resolve("cache").toString();
        return ConfigFiles.application()
                .withFallback(ConfigFactory.parseMap(Map.of("millrace.data.cache.folder", cache)));
    }

    /**
     * A node that takes part as a client.
     *
     * @param host that others reach it at
     * @param join nodes of the cluster; empty to begin one
     * @throws IllegalArgumentException when none of them is there
     */
    public static ClusterNode client(String host, List<String> join, Config deployment) {
        Seeds.requireOneOpen("cluster", join);
        NodeSettings settings = NodeSettings.client(host, join);
        requireReachable(settings);
        return ClusterNode.start(settings, new Plans(), deployment, () -> {});
    }

    /**
     * @throws IllegalArgumentException when those that a node wants to join could not answer it
     */
    public static void requireReachable(NodeSettings settings) {
        Seeds.requireReachable(settings.host(), settings.join());
    }

    /** Waits until a node has been admitted to its cluster, or has given up. */
    public static boolean awaitUp(ClusterNode node) {
        return awaitUp(node, "join", List.of());
    }

    /**
     * As {@link #awaitUp(ClusterNode)}; when it takes long, looks at what it waits for.
     *
     * @param what the addresses are called
     * @param join addresses that it wants to join
     * @throws IllegalArgumentException when nothing of all that is a node; the node has ended then
     */
    public static boolean awaitUp(ClusterNode node, String what, List<String> join) {
        long lookAt = System.nanoTime() + LOOK_AFTER.toNanos();
        boolean looked = false;
        while (!node.isUp() && !node.ended().toCompletableFuture().isDone()) {
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
            if (!looked && System.nanoTime() - lookAt >= 0) {
                looked = true;
                Optional<IllegalArgumentException> strangers = Seeds.strangers(what, join, node.usesTls());
                if (strangers.isPresent()) {
                    node.crash();
                    node.ended().toCompletableFuture().join();
                    throw strangers.get();
                }
            }
        }
        return node.isUp();
    }

    /**
     * Waits until a node has been admitted to its cluster.
     *
     * @param join addresses that it wants to join, none for one of its own
     * @throws IllegalArgumentException when nobody answers, or it is refused
     */
    public static void requireJoined(ClusterNode node, List<String> join) {
        if (!awaitUp(node, "cluster", join)) {
            node.ended().toCompletableFuture().join();
            throw notJoined(node, "cluster", join.isEmpty() ? "its own" : String.join(", ", join));
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
