package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.event.RunResult;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.PlanBuilder;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node that is lost costs only time, whichever it is. */
@Order(1)
class LostNodeTest extends ClusterScenario {
    @Test
    void aNodeWithTheTrainerCostsOnlyTime() {
        trainWithoutNode(0, 8_000, LinkSpec.DIRECT);
    }

    @Test
    void aNodeWithAWorkerCostsOnlyTime() {
        trainWithoutNode(2, 240, SLOW);
    }

    @Test
    @Tag("soak")
    void anyNodeWithAWorkerCostsOnlyTime() {
        trainWithoutNode(1, 8_000, LinkSpec.DIRECT);
    }

    private void trainWithoutNode(int victim, int samples, LinkSpec link) {
        plan = new PlanBuilder()
                .line(3, "1f1b", 2)
                .train(PlanBuilder.data(samples, 1))
                .epochs(2)
                .build()
                .over(link);
        startNodes(3);

        RunResult outcome = trainLosing(3, _ -> hasCheckpoint(), () -> victim);

        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertThat(placements()).hasSizeGreaterThan(1);
        assertThat(placements().getLast().fromStep()).isPositive();

        // those who are left know newer run epochs than a new run's folder does
        plan = new PlanBuilder().line(3, "1f1b", 2).build();
        RunOrder next = new RunOrder(
                "next",
                folder.resolve("next").toAbsolutePath().toString(),
                "next",
                Optional.empty(),
                Optional.empty(),
                2,
                2,
                CheckpointPace.every(Duration.ofSeconds(1)),
                Set.of());
        assertThat(client.train(next, listening(step -> {})).await().weightsSha256())
                .isEqualTo(expected());
    }
}
