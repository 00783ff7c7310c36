package millrace.actors.node;

import akka.actor.ActorSystem;
import akka.management.cluster.bootstrap.ClusterBootstrap;
import akka.management.javadsl.AkkaManagement;
import com.typesafe.config.Config;
import java.util.concurrent.CompletionException;

/**
 * How a node without an address to join comes into a cluster: it begins one of its own, or it finds others by Akka's
 * discovery and they agree on who begins it (Cluster Bootstrap), as pods of Kubernetes do.
 */
final class Bootstrap {
    private static final String KEY = "millrace.node.join";

    private Bootstrap() {}

    /** Whether the settings ask for it. Only members that stay found clusters: clients join one. */
    static boolean asked(NodeSettings node, Config config) {
        String way = config.getString(KEY);
        if (!way.equals("seeds") && !way.equals("bootstrap")) {
            throw new IllegalArgumentException(KEY + ": " + way + " (expected: seeds or bootstrap)");
        }
        return way.equals("bootstrap") && node.join().isEmpty() && !node.roles().contains(NodeSettings.CLIENT);
    }

    /**
     * Opens the management port, with /ready and /alive, and begins to look for others.
     *
     * @throws IllegalArgumentException when the port cannot be opened
     */
    static void start(ActorSystem system) {
        try {
            AkkaManagement.get(system).start().toCompletableFuture().join();
        } catch (CompletionException e) {
            system.terminate();
            throw new IllegalArgumentException(
                    "akka.management.http: " + (e.getCause() == null ? e : e.getCause()).getMessage()
                            + " (expected: a host name of this machine and a free port)",
                    e);
        }
        ClusterBootstrap.get(system).start();
    }
}
