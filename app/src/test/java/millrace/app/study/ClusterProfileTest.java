package millrace.app.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.node.ClusterFigures;
import millrace.actors.node.ClusterFigures.NodeFigures;
import millrace.app.config.ProfileFile;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;
import millrace.schedule.auto.LayerProfile;
import millrace.schedule.auto.LayerProfile.Size;
import millrace.schedule.auto.NetworkProfile;
import org.junit.jupiter.api.Test;

class ClusterProfileTest {
    private static final Link LINK = new Link(0.25, 1e8);
    private static final ClusterProfile CLUSTER = new ClusterProfile(
            new ClusterFigures(
                    List.of(new NodeFigures("a:1", List.of(0, 1), 30), new NodeFigures("b:1", List.of(2), 90)),
                    Map.of(
                            new RankPair(0, 2), LINK,
                            new RankPair(2, 0), LINK,
                            new RankPair(1, 2), LINK,
                            new RankPair(2, 1), LINK)),
            60);

    @Test
    void speedsAreBesideThisMachine() {
        NetworkProfile here = new NetworkProfile(
                List.of(new LayerProfile("one", 4, List.of(new Size(1, 1, 1, 1, 0, 0, 0)))),
                Link.FREE,
                Map.of(),
                List.of(),
                0,
                1);

        ProfileFile there = CLUSTER.on(new ProfileFile(here, Optional.of("net")));

        assertThat(there.profile().rankSpeeds()).containsExactly(0.5, 0.5, 1.5);
        assertThat(there.profile().links()).hasSize(4).containsEntry(new RankPair(1, 2), LINK);
        assertThat(there.profile().link()).isEqualTo(Link.FREE);
        assertThat(there.network()).contains("net");
    }

    @Test
    void aLinkIsToldOnce() {
        assertThat(CLUSTER.lines().toString())
                .contains("\"ranks\":[0,1],\"gflops\":30.0,\"speed\":0.5")
                .contains("\"from\":0,\"to\":2")
                .doesNotContain("\"from\":2");
        assertThat(CLUSTER.text()).contains("0 - 2  250000 us  100");
    }
}
