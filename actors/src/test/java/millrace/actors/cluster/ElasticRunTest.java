package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.Placed;
import millrace.actors.node.ClusterNode;
import millrace.actors.plan.PlanBuilder;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.Replication;
import millrace.schedule.Schedules;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nodes with a replica of the line each are lost while it is trained: the others go on where they are, and read no checkpoint. */
@Order(2)
class ElasticRunTest extends ClusterScenario {
    private static final int EPOCH = 120;

    private void trains(int stages, int replicas, int epochs) {
        plan = new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .schedule(Replication.of(Schedules.generate("1f1b", stages, 2), replicas))
                .policy(UpdatePolicy.of(new Optimizer.Adam(1e-3)).with(GradientGuard.ofModel(0.5, false)))
                .batch(4 * replicas)
                .train(PlanBuilder.data(4 * replicas * EPOCH, 1))
                .epochs(epochs)
                .build();
    }

    /** Only at the ends of epochs there are checkpoints. */
    private RunOrder order() {
        return order(nodes.size(), Set.of(1), Duration.ofHours(1));
    }

    /** A run epoch begins with the step that was made last, or with the one before that was told. */
    private void assertNoStepWasLost() {
        List<Long> lost = new ArrayList<>();
        long told = 0;
        synchronized (events) {
            for (TrainingEvent event : events) {
                if (event instanceof TrainingEvent.Step step) {
                    told = Math.max(told, step.step());
                } else if (event instanceof Placed placed) {
                    lost.add(told - placed.fromStep());
                }
            }
        }
        assertThat(lost).as("steps that were made again, of each run epoch").allMatch(steps -> steps <= 1);
    }

    /** The twin of what the first node has, which leads the run. */
    @Test
    void aLostRankGoesOnWhereItsStageIs() {
        trains(2, 2, 2);
        startNodes(4);
        AtomicInteger lost = new AtomicInteger();

        RunResult outcome = client.train(order(), listening(step -> {
                    if (step >= EPOCH + 50 && lost.compareAndSet(0, 1)) {
                        DamagedDisk.damage(folder);
                        nodes.get(hosting((rankOfFirst() + 2) % 4)).crash();
                    }
                }))
                .await();

        assertThat(lost).hasValue(1);
        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertThat(placements()).hasSize(2);
        assertThat(placements().getLast().workers())
                .filteredOn(worker -> worker.address().equals(nodes.getFirst().address()))
                .singleElement()
                .satisfies(first -> assertThat(first.ranks()).hasSize(2));
        assertNoStepWasLost();
        assertThat(noticed()).as("nobody reads what is on the disk").isEmpty();
    }

    private int rankOfFirst() {
        return IntStream.range(0, 4)
                .filter(rank -> hosting(rank) == 0)
                .findFirst()
                .orElseThrow();
    }

    private List<TrainingEvent> noticed() {
        synchronized (events) {
            return events.stream()
                    .filter(TrainingEvent.Noticed.class::isInstance)
                    .toList();
        }
    }

    /** Who takes over asks the others. */
    @Test
    @Tag("soak")
    void theNodeThatLeadsTheRunIsLost() {
        trains(2, 2, 6);
        startNodes(4);
        AtomicInteger lost = new AtomicInteger();

        RunResult outcome = client.train(order(), listening(step -> {
                    if (step >= EPOCH + 50 && lost.compareAndSet(0, 1)) {
                        DamagedDisk.damage(folder);
                        nodes.getFirst().crash();
                    }
                }))
                .await();

        assertThat(lost).hasValue(1);
        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertNoStepWasLost();
        assertThat(noticed()).isEmpty();
    }

    /** It gets ranks while the run goes on, with the state of those that have it. */
    @Test
    @Tag("soak")
    void aNodeThatComesTakesRanks() {
        trains(2, 2, 25);
        startNodes(4);
        AtomicInteger lost = new AtomicInteger();

        RunResult outcome = client.train(order(), listening(step -> {
                    if (step >= EPOCH + 50 && lost.compareAndSet(0, 1)) {
                        DamagedDisk.damage(folder);
                        nodes.get(hosting((rankOfFirst() + 1) % 4)).crash();
                    } else if (step >= EPOCH + 100 && lost.compareAndSet(1, 2)) {
                        startNodes(1);
                    }
                }))
                .await();

        assertThat(lost).hasValue(2);
        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertNoStepWasLost();
        assertThat(placements()).hasSize(3);
        assertThat(placements().getLast().workers())
                .allMatch(worker -> worker.ranks().size() == 1);
    }

    /** As many as there are lives; a node that was lost comes back with nothing. */
    @Test
    @Tag("soak")
    void soDoThoseOfSixteenWhateverIsLost() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        trains(4, 4, 175);
        startNodes(16);
        AtomicLong failures = new AtomicLong();
        AtomicLong next = new AtomicLong(50);
        List<Integer> dead = new ArrayList<>();

        RunResult outcome = client.train(order(), listening(step -> {
                    if (step >= next.get() && failures.get() < 200) {
                        next.set(step + 20 + random.nextInt(100));
                        failures.incrementAndGet();
                        losesOrStarts(random, dead);
                    }
                }))
                .await();

        assertThat(failures).as("seed %d", seed).hasValue(200);
        assertThat(outcome.weightsSha256()).as("seed %d", seed).isEqualTo(expected());
    }

    private void losesOrStarts(Random random, List<Integer> dead) {
        List<Integer> alive = IntStream.range(0, nodes.size())
                .filter(node -> !dead.contains(node))
                .boxed()
                .toList();
        int victim = alive.get(random.nextInt(alive.size()));
        dead.add(victim);
        ClusterNode lost = nodes.get(victim);
        lost.crash();
        if (alive.size() < 10 + random.nextInt(6)) {
            startNodes(2);
        }
    }
}
