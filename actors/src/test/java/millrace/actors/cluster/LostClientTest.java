package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Snapshot;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client counts for nothing: one that is lost takes no node with it, and no node is kept because of one. */
@Order(1)
class LostClientTest extends ClusterScenario {
    private static final Config CUTTABLE = ConfigFactory.parseString("akka.remote.artery.advanced.test-mode = on")
            .withFallback(FAST);

    /**
     * Neither can tell whether the other is gone, and the client has the lower address, which decides between as many and as
     * many.
     */
    @Test
    void oneNodeGoesOnWhenItsClientIsCutOff() throws IOException {
        plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .train(PlanBuilder.data(6_000, 1))
                .epochs(2)
                .build();
        List<Integer> ports = freePorts();
        restart(ports.getFirst(), CUTTABLE);
        ClusterNode node = node(ports.getLast(), CUTTABLE, client.address());
        CompletableFuture<Void> cut = new CompletableFuture<>();

        ClusterRun run = client.train(order(1), listening(step -> {
            if (hasCheckpoint() && cut.complete(null)) {
                client.cutOff(node.address(), true);
                node.cutOff(client.address(), true);
            }
        }));

        assertThatIllegalStateException()
                .isThrownBy(run::await)
                .withMessageStartingWith("cluster: lost before the run's end")
                .withMessageEndingWith("--resume " + folder.toAbsolutePath());
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(Snapshot.of(
                                        plan.spec().model(),
                                        1,
                                        CheckpointStore.loadLast(folder).tensors())
                                .weightsSha256())
                        .isEqualTo(expected()));
        await().atMost(Duration.ofSeconds(30)).until(() -> node.members().size() == 1);
        assertThat(node.isUp()).isTrue();
    }

    /** Of two nodes at one host the younger goes on although the other has the lower address: it has ended for sure. */
    @Test
    @Tag("soak")
    void theSecondOfTwoNodesGoesOnWhenTheFirstIsKilled() throws IOException {
        plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .train(PlanBuilder.data(6_000, 1))
                .epochs(2)
                .build();
        List<Integer> ports = freePorts();
        node(ports.getFirst(), FAST, client.address());
        await().atMost(Duration.ofSeconds(30)).until(nodes.getFirst()::isUp);
        node(ports.getLast(), FAST, client.address());

        assertThat(trainLosing(2, _ -> hasCheckpoint(), () -> 0).weightsSha256())
                .isEqualTo(expected());
        assertThat(placements().getLast().workers()).hasSize(1);
    }

    private void restart(int port, Config config) {
        client.crash();
        client.ended().toCompletableFuture().join();
        client = ClusterNode.start(
                new NodeSettings("127.0.0.1", port, List.of(), Set.of(NodeSettings.CLIENT), 1),
                _ -> plan,
                config,
                () -> {});
    }

    private ClusterNode node(int port, Config config, String join) {
        ClusterNode node = ClusterNode.start(
                new NodeSettings(
                        "127.0.0.1", port, List.of(join), Set.of(NodeSettings.TRAINER, NodeSettings.WORKER), 1),
                _ -> plan,
                config,
                () -> {});
        nodes.add(node);
        return node;
    }

    /** Two, the lower one first. */
    private static List<Integer> freePorts() throws IOException {
        try (ServerSocket one = new ServerSocket(0);
                ServerSocket other = new ServerSocket(0)) {
            return List.of(
                    Math.min(one.getLocalPort(), other.getLocalPort()),
                    Math.max(one.getLocalPort(), other.getLocalPort()));
        }
    }
}
