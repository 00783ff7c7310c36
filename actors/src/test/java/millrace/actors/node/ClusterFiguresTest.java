package millrace.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import millrace.actors.cluster.PlanSource;
import millrace.actors.node.ClusterFigures.NodeFigures;
import millrace.actors.plan.RunPlan;
import millrace.nn.backend.Backend;
import millrace.nn.kernel.Kernels;
import millrace.schedule.Costs.RankPair;
import org.junit.jupiter.api.Test;

/** Measuring the nodes of a cluster, here in one JVM. */
class ClusterFiguresTest {
    private static final PlanSource COMPUTING = new PlanSource() {
        @Override
        public RunPlan plan(String configuration) {
            throw new IllegalStateException("no run here");
        }

        @Override
        public Optional<Kernels> kernels() {
            return Optional.of(Backend.fast().float32());
        }
    };

    @Test
    void everyNodeAndEveryLinkIsMeasured() {
        try (LocalCluster cluster = LocalCluster.start(3, COMPUTING)) {
            // a cluster that is just being formed has fewer
            await().until(() -> cluster.client().jobs().status().idle().size() == 3);
            List<String> told = new ArrayList<>();

            ClusterFigures figures =
                    cluster.client().measure(4, told::add, () -> false).orElseThrow();

            assertThat(figures.ranks()).isEqualTo(4);
            assertThat(figures.mostOnANode()).isEqualTo(2);
            assertThat(figures.nodes())
                    .extracting(NodeFigures::ranks)
                    .containsExactly(List.of(0, 1), List.of(2), List.of(3));
            assertThat(figures.nodes())
                    .allSatisfy(node -> assertThat(node.gigaflops()).isPositive());
            assertThat(figures.links()).containsOnlyKeys(pairs());
            assertThat(figures.links().values()).allSatisfy(link -> {
                assertThat(link.latency()).isPositive();
                assertThat(link.bandwidth()).isGreaterThan(1e6);
            });
            assertThat(told).hasSize(6).first().asString().startsWith("node 127.0.0.1:");
        }
    }

    @Test
    void enoughIsEnough() {
        try (LocalCluster cluster = LocalCluster.start(2, COMPUTING)) {
            assertThat(cluster.client().measure(0, _ -> {}, () -> true)).isEmpty();
        }
    }

    /** Ranks 0 and 1 share a node. */
    private static List<RankPair> pairs() {
        List<RankPair> pairs = new ArrayList<>();
        for (int from = 0; from < 4; from++) {
            for (int to = 0; to < 4; to++) {
                if (from != to && Math.max(from, to) > 1) {
                    pairs.add(new RankPair(from, to));
                }
            }
        }
        return pairs;
    }

    @Test
    void aNodeThatKnowsNoKernelsIsNamed() {
        PlanSource unknown = configuration -> {
            throw new IllegalStateException("no run here: " + configuration);
        };
        try (LocalCluster cluster = LocalCluster.start(1, unknown)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> cluster.client().measure(0, _ -> {}, () -> false))
                    .withMessageContaining("it is not known what it computes with");
        }
    }
}
