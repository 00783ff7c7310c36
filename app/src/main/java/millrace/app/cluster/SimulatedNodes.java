package millrace.app.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
     * The settings of so many nodes in one JVM, and of the command in it. Each has a connection to each other, so that with many of them
     * heartbeats are late on few cores; that a node has ended is noticed by its connections, so where no links are cut heartbeats may be.
     *
     * @param cutsLinks whether heartbeats are what tells that a node cannot be reached
     */
    public static Config over(Config deployment, int count, boolean cutsLinks) {
        Map<String, Object> own = new HashMap<>();
        if (cutsLinks) {
            own.put("akka.remote.artery.advanced.test-mode", "on");
        } else {
            own.put("akka.cluster.failure-detector.acceptable-heartbeat-pause", Math.max(5, 2 * count) + "s");
        }
        // each node would keep a quarter of a megabyte of statistics for every other one that there ever was
        own.put("akka.remote.artery.advanced.compression.actor-refs.max", "off");
        own.put("akka.remote.artery.advanced.compression.manifests.max", "off");
        return ConfigFactory.parseMap(own).withFallback(deployment);
    }

    /**
     * @param own the node that they join
     * @param runs folder for the disk of each
     */
    public static SimulatedNodes start(int count, ClusterNode own, Path runs, Config deployment) {
        Config apart = NodeProcesses.ownFiles(deployment)
                .withValue("millrace.node.runs", ConfigValueFactory.fromAnyRef(runs.toString()));
        return new SimulatedNodes(LocalCluster.join(count, own, new Plans(), apart));
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
