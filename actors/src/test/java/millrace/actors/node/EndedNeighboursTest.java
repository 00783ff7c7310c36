package millrace.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes at hosts of their own, as far as they know; the split brain resolver decides nothing for an hour. */
@Tag("cluster")
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndedNeighboursTest {
    private static final Config SLOW = ConfigFactory.parseString("""
        akka.loglevel = ERROR
        akka.cluster {
          gossip-interval = 100ms
          leader-actions-interval = 100ms
          periodic-tasks-initial-delay = 100ms
          split-brain-resolver.stable-after = 1h
          down-removal-margin = 100ms
        }
        """)
            .withFallback(ConfigFactory.defaultOverrides())
            .withFallback(ConfigFactory.defaultApplication());

    private final List<ClusterNode> nodes = new ArrayList<>();

    @AfterEach
    void end() {
        nodes.forEach(ClusterNode::crash);
        nodes.forEach(node -> node.ended().toCompletableFuture().join());
    }

    @Test
    void oneOfThreeThatHasEndedIsTakenOutWithoutTheResolver() {
        start(3);

        nodes.getFirst().crash();

        awaitMembers(nodes.getLast(), "up", "up");
        assertThat(nodes.get(1).isUp()).isTrue();
    }

    /** Of two nodes neither can know whether it is the one that is cut off. What is watched for would come within a second. */
    @Test
    void oneOfTwoIsLeftToTheResolver() {
        start(2);

        nodes.getFirst().crash();

        awaitMembers(nodes.getLast(), "unreachable", "up");
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
        while (System.nanoTime() < until) {
            assertThat(statuses(nodes.getLast())).containsExactly("unreachable", "up");
            pause();
        }
    }

    private void start(int count) {
        for (int i = 0; i < count; i++) {
            List<String> join = i == 0 ? List.of() : List.of(nodes.getFirst().address());
            Set<String> roles = Set.of(NodeSettings.TRAINER, NodeSettings.WORKER);
            nodes.add(ClusterNode.start(
                    new NodeSettings("127.0.0." + (i + 1), 0, join, roles, 1),
                    _ -> {
                        throw new IllegalArgumentException("no plan is asked for");
                    },
                    SLOW,
                    () -> {}));
        }
        String[] all = nodes.stream().map(_ -> "up").toArray(String[]::new);
        nodes.forEach(node -> awaitMembers(node, all));
    }

    private static void awaitMembers(ClusterNode node, String... statuses) {
        while (!statuses(node).equals(List.of(statuses))) {
            pause();
        }
    }

    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }

    private static List<String> statuses(ClusterNode node) {
        return node.members().stream()
                .map(ClusterNode.MemberLine::status)
                .sorted()
                .toList();
    }
}
