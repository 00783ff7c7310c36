package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.Placed;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A run that has lost nodes goes on from what the others hold in memory, and from the disk where nobody holds it. */
@Order(2)
class MemoryRecoveryTest extends ClusterScenario {
    private static final int EPOCH = 30;
    private static final int SAMPLES = EPOCH * PlanBuilder.BATCH;
    private static final int LOST = EPOCH + 10;

    private static RunPlan flushing() {
        return new PlanBuilder()
                .line(3, "1f1b", 2)
                .train(PlanBuilder.data(SAMPLES, 1))
                .epochs(3)
                .build()
                .over(SLOW);
    }

    /** Only at the ends of epochs there are checkpoints: what was copied by some steps later is known. */
    private RunOrder order() {
        return order(3, Set.of(), Duration.ofHours(1));
    }

    private List<TrainingEvent.Noticed> notices() {
        synchronized (events) {
            return events.stream()
                    .filter(TrainingEvent.Noticed.class::isInstance)
                    .map(TrainingEvent.Noticed.class::cast)
                    .toList();
        }
    }

    private RunResult trainDamagedWithout(int victim) {
        AtomicInteger lost = new AtomicInteger();
        RunResult outcome = client.train(order(), listening(step -> {
                    if (step > LOST && lost.getAndIncrement() == 0) {
                        DamagedDisk.damage(folder);
                        nodes.get(victim).crash();
                    }
                }))
                .await();
        assertThat(lost).hasPositiveValue();
        return outcome;
    }

    /** Each run epoch has one placement, and none begins before what another had made sure of. */
    private void assertOneAfterTheOther() {
        assertThat(placements()).extracting(Placed::runEpoch).isSorted().doesNotHaveDuplicates();
        assertThat(placements()).extracting(Placed::fromStep).isSorted();
    }

    /** A damaged disk shows who reads it. */
    @Test
    void aLostNodesRanksBeginWithTheCopiesOfItsNeighbour() {
        plan = flushing();
        startNodes(3);

        RunResult outcome = trainDamagedWithout(2);

        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertOneAfterTheOther();
        assertThat(placements()).hasSize(2);
        assertThat(placements().getLast().fromStep()).isEqualTo(EPOCH);
        assertThat(notices()).isEmpty();
    }

    @Test
    @Tag("soak")
    void soDoThoseOfAStream() {
        plan = new PlanBuilder()
                .line(3, "1f1b", 4)
                .train(PlanBuilder.data(SAMPLES, 1))
                .epochs(3)
                .build()
                .streamed(new StreamSpec(3, 3, 0, WeightPolicy.STASH))
                .over(SLOW);
        startNodes(3);

        RunResult outcome = trainDamagedWithout(1);

        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertOneAfterTheOther();
        assertThat(placements().getLast().fromStep()).isEqualTo(EPOCH);
        assertThat(notices()).isEmpty();
    }

    /** Nobody holds the weights of one of them then. */
    @Test
    @Tag("soak")
    void twoNodesThatAreLostAtOnceCostAReadOfTheDisk() {
        plan = flushing();
        startNodes(4);
        AtomicInteger lost = new AtomicInteger();

        RunResult outcome = client.train(order(), listening(step -> {
                    if (step > LOST && lost.getAndIncrement() == 0) {
                        int first = hosting(0);
                        int second = hosting(1);
                        nodes.get(first).crash();
                        nodes.get(second).crash();
                    }
                }))
                .await();

        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertOneAfterTheOther();
        assertThat(placements().getLast().fromStep()).isGreaterThanOrEqualTo(EPOCH);
    }

    @Test
    @Tag("soak")
    void aNodeThatIsLostWhileTheRunRecoversCostsOnlyTime() {
        plan = flushing();
        startNodes(4);
        AtomicInteger lost = new AtomicInteger();

        RunResult outcome = client.train(order(), event -> {
                    listening(_ -> {}).onEvent(event);
                    if (event instanceof TrainingEvent.Step made && made.step() > LOST && lost.compareAndSet(0, 1)) {
                        nodes.get(hosting(0)).crash();
                    } else if (event instanceof TrainingEvent.Recovering && lost.compareAndSet(1, 2)) {
                        nodes.get(hosting(2)).crash();
                    }
                })
                .await();

        assertThat(lost).hasValue(2);
        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertOneAfterTheOther();
        assertThat(placements().getLast().fromStep()).isGreaterThanOrEqualTo(EPOCH);
    }
}
