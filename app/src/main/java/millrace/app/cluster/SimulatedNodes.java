package millrace.app.cluster;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.actors.cluster.ClusterNode;
import millrace.actors.cluster.NodeSettings;

/** Nodes as actor systems of this JVM, which talk to each other over loopback as processes would. */
public final class SimulatedNodes implements Nodes {
    private final List<ClusterNode> nodes = new ArrayList<>();

    private SimulatedNodes() {}

    /**
     * @param own the node that they join
     */
    public static SimulatedNodes start(int count, ClusterNode own, Config deployment) {
        SimulatedNodes simulated = new SimulatedNodes();
        for (int i = 0; i < count; i++) {
            NodeSettings settings = new NodeSettings(
                    "127.0.0.1", 0, List.of(own.address()), Set.of(NodeSettings.TRAINER, NodeSettings.WORKER), 1);
            simulated.nodes.add(ClusterNode.start(settings, new Plans(), deployment, () -> {}));
        }
        return simulated;
    }

    /** The nodes in the order in which they were started. */
    List<ClusterNode> nodes() {
        return nodes;
    }

    @Override
    public List<Description> describe() {
        return nodes.stream()
                .map(node -> new Description(node.address(), Optional.empty()))
                .toList();
    }

    @Override
    public void close() {
        nodes.forEach(ClusterNode::crash);
        nodes.forEach(node -> node.ended().toCompletableFuture().join());
    }
}
