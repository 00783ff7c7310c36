package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.observe.LineObserver;
import millrace.actors.observe.Observation;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.run.ReferenceRun;
import millrace.actors.trace.FlightRecord;
import millrace.nn.backend.Backend;
import millrace.nn.choice.KernelChoices;
import millrace.nn.kernel.Precision;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs on a cluster in which nobody is lost: all on the same three nodes, one after the other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterRunTest extends ClusterScenario {
    private int runs;

    @BeforeAll
    void startCluster() {
        super.begin();
        startNodes(3);
    }

    @AfterAll
    void endCluster() {
        super.end();
    }

    @Override
    @BeforeEach
    void begin() {
        events.clear();
        runs++;
    }

    @Override
    String runId() {
        return "run-" + runs;
    }

    @Override
    @AfterEach
    void end() {
        // the nodes stay for the next test
    }

    @ParameterizedTest
    @ValueSource(strings = {"1f1b", "gpipe"})
    void threeNodesTrainAsOneThreadDoes(String schedule) {
        plan = new PlanBuilder()
                .line(3, schedule, 4)
                .test(PlanBuilder.data(13, 2))
                .epochs(4)
                .build();

        RunResult outcome = client.train(order(3), listening(step -> {})).await();

        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertThat(outcome.reason()).isEqualTo(Reason.COMPLETED);
        assertThat(outcome.steps()).isEqualTo(12);
        assertThat(outcome.evaluations()).containsOnlyKeys("test");
        assertThat(placements())
                .singleElement()
                .satisfies(placed -> assertThat(placed.workers())
                        .allSatisfy(worker -> assertThat(worker.ranks()).hasSize(1)));
    }

    @Test
    void ranksOnOtherNodesAreSeenAtWork() {
        plan = new PlanBuilder().line(3, "1f1b", 4).epochs(40).build();
        List<Observation> seen = new ArrayList<>();
        ClusterRun run = client.train(order(3), listening(step -> {}));
        LineObserver observer = run.observer().orElseThrow();
        await().until(() -> {
            Observation now = observer.look(Duration.ofSeconds(60));
            seen.add(now);
            return now.ranks().size() == 3
                    && now.ranks().stream()
                            .noneMatch(rank -> rank.record().spans().isEmpty());
        });
        RunResult outcome = run.await();

        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        Observation last = seen.getLast();
        assertThat(last.ranks()).extracting(rank -> rank.record().rank()).containsExactly(0, 1, 2);
        assertThat(last.ranks().stream().map(Observation.ObservedRank::node).distinct())
                .hasSize(3);
        assertThat(last.ranks()).allSatisfy(rank -> {
            FlightRecord record = rank.record();
            assertThat(record.totals().sent()).isNotEmpty();
            // one JVM has one clock: what comes of another node is moved by less than an answer takes
            assertThat(record.spans())
                    .allSatisfy(
                            span -> assertThat(last.now() - span.end()).isBetween(-1_000_000_000L, 61_000_000_000L));
        });
        await().until(() -> observer.look(Duration.ofSeconds(1)).ranks().isEmpty());
    }

    @Test
    void aStreamTrainsAsItsReferenceDoes() {
        plan = new PlanBuilder()
                .line(2, "1f1b", 4)
                .epochs(6)
                .build()
                .streamed(new StreamSpec(2, 1, 0, WeightPolicy.STASH));

        assertThat(client.train(order(2), listening(step -> {})).await().weightsSha256())
                .isEqualTo(expected());
    }

    /** Of odd sizes, so that a message ends in half of four bytes. */
    @Test
    void messagesOfBfloat16GoFromNodeToNodeAsWithinOne() {
        plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .batch(6)
                .test(PlanBuilder.data(13, 2))
                .messages(Precision.BF16)
                .build();

        RunResult outcome = client.train(order(2), listening(step -> {})).await();

        RunResult expected = ReferenceRun.of(plan, TrainingListener.SILENT).run();
        assertThat(outcome.weightsSha256()).isEqualTo(expected.finalState().weightsSha256());
        assertThat(outcome.evaluations()).isEqualTo(expected.evaluations());
    }

    @Test
    void ranksOnDifferentNodesClipByTheWholeGradient() {
        plan = new PlanBuilder()
                .line(3, "1f1b", 4)
                .policy(UpdatePolicy.of(new Sgd(0.05, 0.9)).with(GradientGuard.ofModel(0.3, false)))
                .epochs(4)
                .build();

        RunResult outcome =
                client.train(order(3, Set.of(1)), listening(step -> {})).await();

        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        synchronized (events) {
            assertThat(events.stream()
                            .filter(TrainingEvent.Step.class::isInstance)
                            .map(TrainingEvent.Step.class::cast))
                    .hasSize(12)
                    .allMatch(step -> step.gradientNorms().size() == 3);
        }
    }

    /** Each once and in order; of the others only some, they come too fast. */
    @Test
    void stepsThatTheClientHasAskedForAreAllTold() {
        plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .train(PlanBuilder.data(4_000, 1))
                .epochs(2)
                .build();

        RunResult outcome =
                client.train(order(2, Set.of(7, 10)), listening(step -> {})).await();

        List<Long> asked = LongStream.rangeClosed(1, outcome.steps())
                .filter(step -> step % 7 == 0 || step % 10 == 0)
                .boxed()
                .toList();
        synchronized (events) {
            List<Long> told = events.stream()
                    .filter(TrainingEvent.Step.class::isInstance)
                    .map(event -> ((TrainingEvent.Step) event).step())
                    .toList();
            assertThat(told).isSorted().doesNotHaveDuplicates();
            assertThat(told.stream().filter(step -> step % 7 == 0 || step % 10 == 0))
                    .containsExactlyElementsOf(asked);
            assertThat(told).hasSizeLessThan((int) outcome.steps());
        }
    }

    @Test
    void anInterruptedRunIsSavedAndSaysSo() {
        plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .train(PlanBuilder.data(24_000, 1))
                .epochs(1_000)
                .build();
        AtomicBoolean asked = new AtomicBoolean();
        List<ClusterRun> run = new ArrayList<>();
        run.add(client.train(order(2), listening(step -> {
            if (step > 50 && asked.compareAndSet(false, true)) {
                run.getFirst().interrupt();
            }
        })));

        RunResult outcome = run.getFirst().await();

        assertThat(outcome.reason()).isEqualTo(Reason.INTERRUPTED);
        assertThat(CheckpointStore.loadLast(folder).step()).isEqualTo(outcome.steps());
    }

    @Test
    void settingsThatANodeCannotUseEndTheRunWithTheReason() {
        plan = new PlanBuilder().line(2, "1f1b", 2).build();
        RunOrder order = new RunOrder(
                runId(),
                folder.toAbsolutePath().toString(),
                runId(),
                Optional.of(folder.resolve("nowhere").toString()),
                Optional.empty(),
                1,
                2,
                CheckpointPace.every(Duration.ofSeconds(1)),
                Set.of());

        ClusterRun run = client.train(order, listening(step -> {}));

        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(run::await)
                .withMessageContaining("nowhere: no such folder");
    }

    @Test
    void kernelsThatANodeDoesNotHaveEndTheRunWithItsName() {
        plan = new PlanBuilder().line(2, "1f1b", 2).backend(Backend.scalar()).build();
        String packed = "6 x 8, 2 forwards: forward packed, backward-input plain, rows close";
        RunOrder order = new RunOrder(
                runId(),
                folder.toAbsolutePath().toString(),
                runId(),
                Optional.empty(),
                Optional.empty(),
                1,
                2,
                CheckpointPace.every(Duration.ofSeconds(1)),
                Set.of(),
                1,
                KernelChoices.parse(List.of(packed)));

        ClusterRun run = client.train(order, listening(step -> {}));

        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(run::await)
                .withMessageMatching("(?s).*node 127\\.0\\.0\\.1:\\d+: kernels: " + packed + " \\(expected: none, .*");
    }

    @Test
    void statusTellsMembersAndRanks() {
        plan = new PlanBuilder()
                .line(3, "1f1b", 2)
                .train(PlanBuilder.data(24_000, 1))
                .epochs(1_000)
                .build();
        List<CoordinatorProtocol.Status> seen = new ArrayList<>();
        AtomicBoolean asked = new AtomicBoolean();
        List<ClusterRun> run = new ArrayList<>();
        run.add(client.train(order(3), listening(step -> {
            if (step > 20 && asked.compareAndSet(false, true)) {
                new Thread(() -> {
                            seen.addAll(client.jobs().status().runs());
                            run.getFirst().interrupt();
                        })
                        .start();
            }
        })));
        run.getFirst().await();

        assertThat(seen).singleElement().satisfies(status -> {
            assertThat(status.runId()).contains(runId());
            assertThat(status.phase()).isEqualTo("training");
            assertThat(status.workers())
                    .hasSize(3)
                    .allSatisfy(worker -> assertThat(worker.ranks()).hasSize(1));
        });
        assertThat(client.members())
                .hasSize(4)
                .allSatisfy(member -> assertThat(member.status()).isEqualTo("up"));
    }
}
