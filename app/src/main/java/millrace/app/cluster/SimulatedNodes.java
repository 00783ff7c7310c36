package millrace.app.cluster;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.LocalCluster;

/**
 * Nodes of this JVM.
 *
 * @param cluster with the command's own node as the one that they join
 */
public record SimulatedNodes(LocalCluster cluster) implements Nodes {
    /**
     * @param own the node that they join
     */
    public static SimulatedNodes start(int count, ClusterNode own, Config deployment) {
        return new SimulatedNodes(LocalCluster.join(count, own, new Plans(), NodeProcesses.ownFiles(deployment)));
    }

    @Override
    public List<Description> describe() {
        return IntStream.range(0, cluster.count())
                .mapToObj(number -> new Description(cluster.node(number).address(), Optional.empty()))
                .toList();
    }

    @Override
    public void close() {
        cluster.close();
    }
}
