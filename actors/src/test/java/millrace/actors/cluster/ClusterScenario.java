package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.Placed;
import millrace.actors.event.TrainingListener;
import millrace.actors.link.LinkSpec;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.ReferenceRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several actor systems in this JVM, with a real cluster between them. A test may take as long as the coordinator's own
 * patience for an answer that is lost (60 s), and a recovery after it.
 */
@Tag("cluster")
@Timeout(value = 150, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ClusterScenario {
    static final Config FAST = ConfigFactory.parseString("""
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

    /** Between nodes: a step takes tens of milliseconds in which hardly anything is computed, enough time to disturb a run. */
    static final LinkSpec SLOW = new LinkSpec(Duration.ofMillis(5), Duration.ZERO, Double.POSITIVE_INFINITY, 1);

    @TempDir
    Path folder;

    final List<ClusterNode> nodes = new ArrayList<>();
    final List<TrainingEvent> events = new ArrayList<>();
    RunPlan plan = new PlanBuilder().build();
    ClusterNode client;

    @BeforeEach
    void begin() {
        client = ClusterNode.start(NodeSettings.client("127.0.0.1", List.of()), this::plan, FAST, () -> {});
    }

    /** The plan of the settings in an order. */
    RunPlan plan(String configuration) {
        return plan;
    }

    @AfterEach
    void end() {
        List<ClusterNode> all = new ArrayList<>(nodes);
        all.add(client);
        all.forEach(ClusterNode::crash);
        all.forEach(node -> node.ended().toCompletableFuture().join());
    }

    void startNodes(int count) {
        for (int i = 0; i < count; i++) {
            nodes.add(ClusterNode.start(
                    new NodeSettings(
                            "127.0.0.1",
                            0,
                            List.of(client.address()),
                            Set.of(NodeSettings.TRAINER, NodeSettings.WORKER),
                            1),
                    this::plan,
                    FAST,
                    () -> {}));
        }
    }

    RunOrder order(int workers) {
        return order(workers, Set.of());
    }

    /** The run's name, and all that its settings say: nodes ask for a plan when they see other settings than before. */
    String runId() {
        return "run";
    }

    RunOrder order(int workers, Set<Integer> tellEvery) {
        return order(workers, tellEvery, Duration.ofMillis(200));
    }

    /** @param interval between checkpoints; they are made at the ends of epochs too */
    RunOrder order(int workers, Set<Integer> tellEvery, Duration interval) {
        return new RunOrder(
                runId(),
                folder.toAbsolutePath().toString(),
                runId(),
                Optional.empty(),
                Optional.empty(),
                workers,
                2,
                CheckpointPace.every(interval),
                tellEvery);
    }

    TrainingListener listening(LongConsumer onStep) {
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
    boolean hasCheckpoint() {
        return Files.exists(folder.resolve("checkpoints/last"));
    }

    List<Placed> placements() {
        synchronized (events) {
            return events.stream()
                    .filter(Placed.class::isInstance)
                    .map(Placed.class::cast)
                    .toList();
        }
    }

    String expected() {
        return ReferenceRun.of(plan, TrainingListener.SILENT).run().finalState().weightsSha256();
    }

    /** Which node hosts a rank. */
    int hosting(int rank) {
        String address = placements().getLast().workers().stream()
                .filter(worker -> worker.ranks().contains(rank))
                .findFirst()
                .orElseThrow()
                .address();
        return nodes.stream().map(ClusterNode::address).toList().indexOf(address);
    }

    /** Trains while one node crashes, once, after the first step at which that is wanted; it must come to that. */
    RunResult trainLosing(int workers, LongPredicate when, IntSupplier victim) {
        AtomicBoolean lost = new AtomicBoolean();
        RunResult outcome = client.train(order(workers), listening(step -> {
                    if (when.test(step) && lost.compareAndSet(false, true)) {
                        nodes.get(victim.getAsInt()).crash();
                    }
                }))
                .await();
        assertThat(lost).isTrue();
        return outcome;
    }
}
