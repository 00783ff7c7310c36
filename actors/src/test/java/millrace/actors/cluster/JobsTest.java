package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.jobs.JobState;
import millrace.actors.jobs.JobTerms;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.ReferenceRun;
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
                Duration.ofMillis(200),
                Set.of());
    }

    private static PlanBuilder line(int stages, int samples, int epochs) {
        return new PlanBuilder()
                .line(stages, "1f1b", 2)
                .train(PlanBuilder.data(samples, stages))
                .epochs(epochs);
    }

    private String expected(String name) {
        return ReferenceRun.of(plans.get(name), TrainingListener.SILENT)
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

    /** Its first node leaves, which has the manager; what has ended and what waits is known to the next one. */
    @Test
    void threeJobsOnThreeWorkersAndAnotherManager() {
        startNodes(3);
        awaitWorkers(3);
        RunOrder endless = job("endless", 1, line(1, 24_000, 1_000));
        RunOrder two = job("two", 2, line(2, 4_000, 3));
        RunOrder waits = job("waits", 1, line(1, 400, 2));
        client.jobs().submit(endless, JobTerms.USUAL);
        client.jobs().submit(two, JobTerms.USUAL);
        client.jobs().submit(waits, new JobTerms(0, Optional.empty(), 100));

        List<JobLine> jobs = client.jobs().list();
        assertThat(jobs).extracting(JobLine::name).containsExactly("endless", "two", "waits");
        assertThat(jobs)
                .extracting(JobLine::state)
                .containsExactly(JobState.RUNNING, JobState.RUNNING, JobState.QUEUED);
        assertThat(jobs.get(0).workers())
                .hasSize(1)
                .doesNotContainAnyElementsOf(jobs.get(1).workers());
        assertThat(jobs.get(1).workers()).hasSize(2);

        client.jobs().cancel("endless");
        awaitState("endless", JobState.CANCELLED);
        assertThat(client.jobs().attach("waits", listening(_ -> {})).await().weightsSha256())
                .isEqualTo(expected("waits"));
        assertThat(client.jobs().attach("two", listening(_ -> {})).await().weightsSha256())
                .isEqualTo(expected("two"));
        synchronized (events) {
            assertThat(events)
                    .filteredOn(TrainingEvent.EpochEnd.class::isInstance)
                    .hasSizeGreaterThanOrEqualTo(5);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> client.jobs().attach("nobody", listening(_ -> {})).await())
                .withMessageStartingWith("run: nobody (expected: a job of this cluster)");

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
                .containsExactly(JobState.CANCELLED, JobState.FINISHED, JobState.FINISHED, JobState.RUNNING);
        assertThat(line("waits").digest()).isEqualTo(expected("waits"));
        assertThat(client.jobs().attach("two", listening(_ -> {})).await().weightsSha256())
                .isEqualTo(expected("two"));
        client.jobs().cancel("on");
        awaitState("on", JobState.CANCELLED);
    }
}
