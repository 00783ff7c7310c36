package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.app.cluster.ClusterTraining;
import millrace.app.cluster.Plans;

/** Nodes of this JVM; all have ended when it is closed. */
final class Members implements AutoCloseable {
    private final List<ClusterNode> all = new ArrayList<>();

    /** A node, not yet admitted. */
    ClusterNode start(Config conf, String... join) {
        return start(0, conf, join);
    }

    private ClusterNode start(int port, Config conf, String... join) {
        NodeSettings settings = new NodeSettings(
                "127.0.0.1", port, List.of(join), Set.of(NodeSettings.TRAINER, NodeSettings.WORKER), 1);
        ClusterNode node = ClusterNode.start(settings, new Plans(), patient(conf), () -> {});
        all.add(node);
        return node;
    }

    /** A node that has been admitted. */
    ClusterNode admitted(Config conf, String... join) {
        return admitted(0, conf, join);
    }

    /**
     * A node that has been admitted.
     *
     * @param port that others reach it at
     */
    ClusterNode admitted(int port, Config conf, String... join) {
        ClusterNode node = start(port, conf, join);
        assertThat(ClusterTraining.awaitUp(node)).as(node.address() + " is up").isTrue();
        return node;
    }

    /** A client that has been admitted. */
    ClusterNode client(Config conf, String join) {
        ClusterNode node = ClusterTraining.client("127.0.0.1", List.of(join), patient(conf));
        all.add(node);
        assertThat(ClusterTraining.awaitUp(node)).as("client is up").isTrue();
        return node;
    }

    /** A loaded machine is no reason to take a node for dead. */
    private static Config patient(Config conf) {
        return ConfigFactory.parseString("""
            akka.cluster.failure-detector.acceptable-heartbeat-pause = 30s
            akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 120s
            akka.remote.artery.bind.bind-timeout = 30s
            """).withFallback(conf);
    }

    @Override
    public void close() {
        all.forEach(ClusterNode::crash);
        all.forEach(node -> node.ended().toCompletableFuture().join());
    }
}
