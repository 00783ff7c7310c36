package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.event.TrainingListener;
import millrace.actors.jobs.JobState;
import millrace.actors.jobs.JobTerms;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.ReferenceRun;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Several runs as jobs of one cluster. */
class JobsTest extends ClusterScenario {
    private final Map<String, RunPlan> plans = new HashMap<>();

    @Override
    RunPlan plan(String configuration) {
        return plans.getOrDefault(configuration, plan);
    }

    private RunOrder job(String name, int workers, PlanBuilder builder) {
        plans.put(name, builder.build());
        return new RunOrder(
                name,
                folder.resolve(name).toAbsolutePath().toString(),
                name,
                Optional.empty(),
                Optional.empty(),
                workers,
                2,
                CheckpointPace.every(Duration.ofMillis(200)),
                Set.of());
    }

    private static PlanBuilder line(int stages, int samples, int epochs) {
        return new PlanBuilder()
                .line(stages, "1f1b", 2)
                .train(PlanBuilder.data(samples, stages))
                .epochs(epochs);
    }

    private String expected(String name) {
        return ReferenceRun.of(plans.getOrDefault(name, plan), TrainingListener.SILENT)
                .run()
                .finalState()
                .weightsSha256();
    }

    private JobLine line(String name) {
        return client.jobs().list().stream()
                .filter(job -> job.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void awaitWorkers(int count) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> client.jobs().status().idle().size() == count);
    }

    private void awaitState(String name, JobState state) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertThat(line(name).state()).isEqualTo(state));
    }

    /** Two at a time: the third begins when one of the others has ended. */
    @Test
    void threeJobsOnThreeWorkers() {
        startNodes(3);
        awaitWorkers(3);
        client.jobs().submit(job("endless", 1, line(1, 24_000, 1_000)), JobTerms.USUAL);
        client.jobs().submit(job("two", 2, line(2, 400, 2)), JobTerms.USUAL);
        client.jobs().submit(job("waits", 1, line(1, 200, 2)), new JobTerms(0, Optional.empty(), 100));
        assertThat(client.jobs().list()).extracting(JobLine::name).containsExactly("endless", "two", "waits");

        client.jobs().cancel("endless");
        assertThat(client.jobs().attach("waits", listening(_ -> {})).await().weightsSha256())
                .isEqualTo(expected("waits"));
        assertThat(client.jobs().attach("two", listening(_ -> {})).await().weightsSha256())
                .isEqualTo(expected("two"));
        awaitState("endless", JobState.CANCELLED);

        assertThat(line("waits").startedAt())
                .isGreaterThanOrEqualTo(
                        Math.min(line("endless").since(), line("two").since()));
        assertThat(line("waits").digest()).isEqualTo(expected("waits"));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> client.jobs().attach("nobody", listening(_ -> {})).await())
                .withMessageStartingWith("run: nobody (expected: a job of this cluster)");
    }

    /** What has ended and what is under way is known to the next manager. */
    @Test
    @Tag("soak")
    void theNodeOfTheManagerLeaves() {
        startNodes(3);
        awaitWorkers(3);
        client.jobs().submit(job("short", 1, line(1, 200, 2)), JobTerms.USUAL);
        awaitState("short", JobState.FINISHED);
        client.jobs().submit(job("on", 3, line(3, 24_000, 1_000)), JobTerms.USUAL);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> client.jobs()
                        .status()
                        .first()
                        .filter(run -> run.phase().equals("training"))
                        .isPresent());
        nodes.getFirst().leave();
        nodes.getFirst().ended().toCompletableFuture().join();

        awaitState("on", JobState.RUNNING);
        assertThat(client.jobs().list())
                .extracting(JobLine::state)
                .containsExactly(JobState.FINISHED, JobState.RUNNING);
        assertThat(client.jobs().attach("short", listening(_ -> {})).await().weightsSha256())
                .isEqualTo(expected("short"));
        client.jobs().cancel("on");
        awaitState("on", JobState.CANCELLED);
    }
}
