package millrace.app.cluster;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;

/**
 * Nodes as actor systems of this JVM, which talk to each other over loopback as processes would. One that the others
 * took for dead, because it was cut off, joins again.
 */
public final class SimulatedNodes implements Nodes {
    private final ClusterNode own;
    private final Config deployment;
    private final List<ClusterNode> nodes = new ArrayList<>();
    private final List<Boolean> wanted = new ArrayList<>();

    private SimulatedNodes(ClusterNode own, Config deployment) {
        this.own = own;
        this.deployment = deployment;
    }

    /**
     * @param own the node that they join
     */
    public static SimulatedNodes start(int count, ClusterNode own, Config deployment) {
        SimulatedNodes simulated = new SimulatedNodes(own, deployment);
        for (int i = 0; i < count; i++) {
            simulated.wanted.add(true);
            simulated.nodes.add(simulated.started(i));
        }
        return simulated;
    }

    private ClusterNode started(int number) {
        NodeSettings settings = new NodeSettings(
                "127.0.0.1", 0, List.of(own.address()), Set.of(NodeSettings.TRAINER, NodeSettings.WORKER), 1);
        ClusterNode node = ClusterNode.start(settings, new Plans(), deployment, () -> {});
        CompletionStage<Void> _ = node.ended().thenRunAsync(() -> ended(number));
        return node;
    }

    private synchronized void ended(int number) {
        if (wanted.get(number)) {
            nodes.set(number, started(number));
        }
    }

    int count() {
        return nodes.size();
    }

    synchronized ClusterNode node(int number) {
        return nodes.get(number);
    }

    /** Ends a node for good, without a word to the others. */
    synchronized void kill(int number) {
        wanted.set(number, false);
        nodes.get(number).crash();
    }

    @Override
    public synchronized List<Description> describe() {
        return nodes.stream()
                .map(node -> new Description(node.address(), Optional.empty()))
                .toList();
    }

    @Override
    public void close() {
        List<ClusterNode> left;
        synchronized (this) {
            wanted.replaceAll(_ -> false);
            left = List.copyOf(nodes);
        }
        left.forEach(ClusterNode::crash);
        left.forEach(node -> node.ended().toCompletableFuture().join());
    }
}
