package millrace.app.command;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import millrace.actors.node.ClusterNode;
import millrace.app.cluster.ClusterTraining;
import picocli.CommandLine.Option;

/** Which cluster a command asks, and how it joins it. */
final class ClusterAddress {
    @Option(
            names = "--cluster",
            paramLabel = "HOST:PORT",
            split = ",",
            defaultValue = "127.0.0.1:25520",
            description = "one or more of its nodes; the first that answers is asked (default: ${DEFAULT-VALUE})")
    private List<String> cluster = List.of();

    @Option(
            names = "--host",
            paramLabel = "NAME",
            defaultValue = "127.0.0.1",
            description =
                    "name or address by which the nodes of the cluster reach this process (default: ${DEFAULT-VALUE})")
    private String host = "127.0.0.1";

    /** As where a run is trained. */
    ClusterOptions.Where where() {
        return new ClusterOptions.Where.Running(cluster, host);
    }

    /** Joins as a client, asks, and leaves. */
    <T> T ask(Function<ClusterNode, T> question) {
        return ask(host, cluster, question);
    }

    /** The same with addresses that were given otherwise. */
    static <T> T ask(String host, List<String> cluster, Function<ClusterNode, T> question) {
        ClusterNode node = ClusterTraining.client(host, cluster, ClusterTraining.deployment());
        try {
            ClusterTraining.requireJoined(node, cluster);
            return question.apply(node);
        } finally {
            node.leave();
            node.ended()
                    .toCompletableFuture()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .exceptionally(late -> null)
                    .join();
        }
    }
}
