package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.Placed;
import millrace.actors.event.TrainingListener;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Watching;
import millrace.actors.run.ReferenceRun;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.Plateau;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several actor systems in this JVM, with a real cluster between them. They may take as long as the coordinator's own
 * patience for an answer that is lost (60 s), and a recovery after it.
 */
@Isolated("several nodes that watch each other by heartbeats")
@Tag("cluster")
@Timeout(value = 150, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClusterRunTest {
    private static final Config FAST = ConfigFactory.parseString("""
        akka.loglevel = ERROR
        akka.remote.artery.bind.bind-timeout = 30s
        akka.cluster {
          gossip-interval = 100ms
          leader-actions-interval = 100ms
          periodic-tasks-initial-delay = 100ms
          retry-unsuccessful-join-after = 500ms
          failure-detector { heartbeat-interval = 500ms, acceptable-heartbeat-pause = 3s }
          split-brain-resolver.stable-after = 1s
          down-removal-margin = 500ms
        }
        """)
            .withFallback(ConfigFactory.defaultOverrides())
            .withFallback(ConfigFactory.defaultApplication());

    @TempDir
    Path folder;

    private final List<ClusterNode> nodes = new ArrayList<>();
    private final List<TrainingEvent> events = new ArrayList<>();
    private RunPlan plan = new PlanBuilder().build();
    private ClusterNode client;

    @BeforeEach
    void begin() {
        client = ClusterNode.start(NodeSettings.client("127.0.0.1", List.of()), _ -> plan, FAST, () -> {});
    }

    @AfterEach
    void end() {
        List<ClusterNode> all = new ArrayList<>(nodes);
        all.add(client);
        all.forEach(ClusterNode::crash);
        all.forEach(node -> node.ended().toCompletableFuture().join());
    }

    private void startNodes(int count) {
        for (int i = 0; i < count; i++) {
            nodes.add(ClusterNode.start(
                    new NodeSettings(
                            "127.0.0.1",
                            0,
                            List.of(client.address()),
                            Set.of(NodeSettings.TRAINER, NodeSettings.WORKER),
                            1),
                    _ -> plan,
                    FAST,
                    () -> {}));
        }
    }

    private RunOrder order(int workers) {
        return order(workers, Set.of());
    }

    private RunOrder order(int workers, Set<Integer> tellEvery) {
        return new RunOrder(
                "run",
                folder.toAbsolutePath().toString(),
                "",
                Optional.empty(),
                Optional.empty(),
                workers,
                2,
                Duration.ofMillis(200),
                tellEvery);
    }

    private TrainingListener listening(LongConsumer onStep) {
        return event -> {
            synchronized (events) {
                events.add(event);
            }
            if (event instanceof TrainingEvent.Step made) {
                onStep.accept(made.step());
            }
        };
    }

    /** On a fast machine many steps may pass before the first cut is on the disk. */
    private boolean hasCheckpoint() {
        return Files.exists(folder.resolve("checkpoints/last"));
    }

    private List<Placed> placements() {
        synchronized (events) {
            return events.stream()
                    .filter(Placed.class::isInstance)
                    .map(Placed.class::cast)
                    .toList();
        }
    }

    private String expected() {
        return ReferenceRun.of(plan, TrainingListener.SILENT).run().finalState().weightsSha256();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1f1b", "gpipe"})
    void threeNodesTrainAsOneThreadDoes(String schedule) {
        plan = new PlanBuilder()
                .line(3, schedule, 4)
                .test(PlanBuilder.data(13, 2))
                .epochs(4)
                .build();
        startNodes(3);

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
    void aStreamTrainsAsItsReferenceDoes() {
        plan = new PlanBuilder()
                .line(2, "1f1b", 4)
                .epochs(6)
                .build()
                .streamed(new StreamSpec(2, 1, 0, WeightPolicy.STASH));
        startNodes(2);

        assertThat(client.train(order(2), listening(step -> {})).await().weightsSha256())
                .isEqualTo(expected());
    }

    /** Every node is lost once, in one run after the other: the one with the trainer among them. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aNodeThatIsLostCostsOnlyTime(int victim) {
        plan = new PlanBuilder()
                .line(3, "1f1b", 2)
                .train(PlanBuilder.data(24_000, 1))
                .epochs(2)
                .build();
        startNodes(3);
        AtomicBoolean lost = new AtomicBoolean();

        RunResult outcome = client.train(order(3), listening(step -> {
                    if (hasCheckpoint() && lost.compareAndSet(false, true)) {
                        nodes.get(victim).crash();
                    }
                }))
                .await();

        assertThat(lost).isTrue();
        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertThat(placements()).hasSizeGreaterThan(1);
        assertThat(placements().getLast().fromStep()).isPositive();

        // those who are left know newer run epochs than a new run's folder does
        RunOrder next = new RunOrder(
                "next",
                folder.resolve("next").toAbsolutePath().toString(),
                "",
                Optional.empty(),
                Optional.empty(),
                2,
                2,
                Duration.ofSeconds(1),
                Set.of());
        assertThat(client.train(next, listening(step -> {})).await().weightsSha256())
                .isEqualTo(expected());
    }

    /** One of the two has all stages then, each twice on ranks of its own. */
    @Test
    void replicasGoOnExactlyWhereTheirCutWas() {
        plan = new PlanBuilder()
                .line(2, "chimera", 4)
                .train(PlanBuilder.data(12_000, 1))
                .test(PlanBuilder.data(13, 2))
                .epochs(2)
                .build();
        startNodes(2);

        assertALostNodeChangesNothing();
    }

    @Test
    void aStreamGoesOnExactlyWhereItsCutWas() {
        plan = new PlanBuilder()
                .line(2, "1f1b", 4)
                .train(PlanBuilder.data(24_000, 1))
                .epochs(2)
                .build()
                .streamed(new StreamSpec(2, 3, 0, WeightPolicy.STASH));
        startNodes(3);

        assertALostNodeChangesNothing();
    }

    private void assertALostNodeChangesNothing() {
        AtomicBoolean lost = new AtomicBoolean();

        RunResult outcome = client.train(order(2), listening(step -> {
                    if (step > 300 && lost.compareAndSet(false, true)) {
                        nodes.getFirst().crash();
                    }
                }))
                .await();

        assertThat(lost).isTrue();
        assertThat(outcome.weightsSha256()).isEqualTo(expected());
    }

    @Test
    void aRateThatFellAndTheBestWeightsSurviveTheLossOfAWorker() {
        plan = new PlanBuilder()
                .optimizer(new Sgd(0.9, 0.5))
                .train(PlanBuilder.data(4_800, 1))
                .validation(PlanBuilder.data(13, 9))
                .line(2, "1f1b", 2)
                .epochs(12)
                .build()
                .watching(new Watching(Optional.of(4), true, Optional.of(new Plateau(0.5, 0, 0.05, true, 0, 0, 1e-8))));
        RunResult reference = ReferenceRun.of(plan, TrainingListener.SILENT).run();
        assertThat(reference.stepOfWeights())
                .as("the best epoch is not the last")
                .isLessThan(reference.steps());
        startNodes(3);
        AtomicBoolean lost = new AtomicBoolean();

        RunResult outcome = client.train(order(2), listening(step -> {
                    if (step > reference.stepOfWeights() && !lost.getAndSet(true)) {
                        nodes.get(hosting(0)).crash();
                    }
                }))
                .await();

        assertThat(lost).isTrue();
        assertThat(placements()).hasSizeGreaterThan(1);
        assertThat(outcome.weightsSha256()).isEqualTo(reference.finalState().weightsSha256());
        assertThat(outcome.steps()).isEqualTo(reference.steps());
        assertThat(outcome.reason()).isEqualTo(reference.reason());
        assertThat(outcome.stepOfWeights()).isEqualTo(reference.stepOfWeights());
        assertThat(validationAccuracy(outcome)).isEqualTo(validationAccuracy(reference));
    }

    private static double validationAccuracy(RunResult result) {
        return Objects.requireNonNull(result.evaluations().get("validation")).accuracy();
    }

    @Test
    void ranksOnDifferentNodesClipByTheWholeGradient() {
        plan = new PlanBuilder()
                .line(3, "1f1b", 4)
                .policy(UpdatePolicy.of(new Sgd(0.05, 0.9)).with(GradientGuard.ofModel(0.3, false)))
                .epochs(4)
                .build();
        startNodes(3);

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
        startNodes(2);

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

    /** Which node hosts a rank. */
    private int hosting(int rank) {
        String address = placements().getLast().workers().stream()
                .filter(worker -> worker.ranks().contains(rank))
                .findFirst()
                .orElseThrow()
                .address();
        return nodes.stream().map(ClusterNode::address).toList().indexOf(address);
    }

    @Test
    void anInterruptedRunIsSavedAndSaysSo() {
        plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .train(PlanBuilder.data(24_000, 1))
                .epochs(1_000)
                .build();
        startNodes(2);
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
        startNodes(1);
        plan = new PlanBuilder().line(2, "1f1b", 2).build();
        RunOrder order = new RunOrder(
                "run",
                folder.toAbsolutePath().toString(),
                "",
                Optional.of(folder.resolve("nowhere").toString()),
                Optional.empty(),
                1,
                2,
                Duration.ofSeconds(1),
                Set.of());

        ClusterRun run = client.train(order, listening(step -> {}));

        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(run::await)
                .withMessageContaining("nowhere: no such folder");
    }

    @Test
    void statusTellsMembersAndRanks() {
        plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .train(PlanBuilder.data(24_000, 1))
                .epochs(1_000)
                .build();
        startNodes(2);
        List<CoordinatorProtocol.Status> seen = new ArrayList<>();
        AtomicBoolean asked = new AtomicBoolean();
        List<ClusterRun> run = new ArrayList<>();
        run.add(client.train(order(2), listening(step -> {
            if (step > 20 && asked.compareAndSet(false, true)) {
                new Thread(() -> {
                            seen.add(client.status());
                            run.getFirst().interrupt();
                        })
                        .start();
            }
        })));
        run.getFirst().await();

        assertThat(seen).singleElement().satisfies(status -> {
            assertThat(status.runId()).contains("run");
            assertThat(status.phase()).isEqualTo("training");
            assertThat(status.workers())
                    .hasSize(2)
                    .allSatisfy(worker -> assertThat(worker.ranks()).hasSize(1));
        });
        assertThat(client.members())
                .hasSize(3)
                .allSatisfy(member -> assertThat(member.status()).isEqualTo("up"));
    }
}
