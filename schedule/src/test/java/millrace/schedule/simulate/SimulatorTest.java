package millrace.schedule.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import millrace.schedule.Action;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Fused;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.timeline.Timeline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SimulatorTest {
    private static final PipelineShape TWO = new PipelineShape(2, 1, 2);

    /** Stages whose messages are of 10 bytes. */
    private static Costs bytes(Link link, Map<RankPair, Link> links) {
        return new Costs(Collections.nCopies(2, new StageCost(1, 2, 1, 1, 1, 1, 10, 10)), link, links);
    }

    private static SimulationOptions limit(double memory) {
        return new SimulationOptions(false, 0, 0, 0, memory);
    }

    @Test
    void timesOfASmallSchedule() {
        Simulation simulation = Simulator.simulate(Schedules.generate("1f1b", TWO), Costs.unit(TWO));

        assertThat(simulation.makespan()).isEqualTo(9);
        assertThat(simulation.ideal()).isEqualTo(6);
        assertThat(simulation.bubble()).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(simulation.busy()).containsExactly(6, 6);
        assertThat(simulation.peakActivations()).containsExactly(2, 1);
        assertThat(simulation.actions()).isEqualTo(8);
    }

    static Stream<String> names() {
        return Schedules.all().stream().map(Generator::name);
    }

    /** Three batches are one of three times as many micro-batches, in which each rank does its order three times. */
    @ParameterizedTest
    @MethodSource("names")
    void batchesFollowEachOther(String name) {
        PipelineShape shape = new PipelineShape(4, Schedules.named(name).defaultChunks(), 8);
        Schedule schedule = Schedules.generate(name, shape);
        Costs costs = Costs.uniform(shape, 1, 1.25, 0.75, 0.25, 1);
        Schedule three = repeated(schedule, 3);
        double first = Simulator.simulate(schedule, costs).makespan();
        double all = Simulator.simulate(three, costs).makespan();

        assertThat(Simulator.period(schedule, costs, SimulationOptions.PLAIN, new double[4]))
                .isCloseTo((all - first) / 2, within(1e-9));
    }

    private static Schedule repeated(Schedule schedule, int times) {
        int m = schedule.microBatches();
        List<Placement.Replica> replicas = new ArrayList<>();
        for (Placement.Replica replica : schedule.placement().replicas()) {
            List<Integer> all = new ArrayList<>();
            for (int batch = 0; batch < times; batch++) {
                for (int microBatch : replica.microBatches()) {
                    all.add(batch * m + microBatch);
                }
            }
            replicas.add(new Placement.Replica(replica.ranks(), all));
        }
        List<List<Cell>> order = new ArrayList<>();
        for (List<? extends Cell> row : schedule.order()) {
            List<Cell> cells = new ArrayList<>();
            for (int batch = 0; batch < times; batch++) {
                int later = batch * m;
                for (Cell cell : row) {
                    cells.add(
                            switch (cell) {
                                case Action action -> later(action, later);
                                case Fused(Action one, Action two) -> new Fused(later(one, later), later(two, later));
                            });
                }
            }
            order.add(cells);
        }
        return new Schedule(schedule.name(), new Placement(schedule.ranks(), replicas), order);
    }

    private static Action later(Action action, int microBatches) {
        return new Action(action.stage(), action.kind(), action.microBatch() + microBatches);
    }

    @Test
    void aRankBeginsTheNextBatchWhenItHasStepped() {
        Schedule schedule = Schedules.generate("1f1b", TWO);

        assertThat(Simulator.period(schedule, Costs.unit(TWO), SimulationOptions.PLAIN, new double[] {1, 0}))
                .isEqualTo(10);
        assertThat(Simulator.period(schedule, Costs.unit(TWO), SimulationOptions.PLAIN, new double[] {0, 1}))
                .isEqualTo(9);
    }

    @Test
    void whereAllStepTogetherABatchTakesItsWholeMakespan() {
        PipelineShape shape = new PipelineShape(4, 1, 8);
        Schedule schedule = Schedules.generate("zb-h2", shape);
        SimulationOptions together = new SimulationOptions(true, 0, 0, 0, Double.POSITIVE_INFINITY);
        double makespan = Simulator.simulate(schedule, Costs.unit(shape)).makespan();

        assertThat(Simulator.period(schedule, Costs.unit(shape), together, new double[] {1, 1, 1, 1}))
                .isEqualTo(makespan + 1);
        assertThat(Simulator.period(schedule, Costs.unit(shape), SimulationOptions.PLAIN, new double[] {1, 1, 1, 1}))
                .isLessThan(makespan);
    }

    @Test
    void theTimelineHasEveryActionAndEveryMessage() {
        Costs costs = Costs.uniform(TWO, 1, 1, 1, 0.5, 1);
        Timeline timeline =
                Simulator.simulate(Schedules.generate("gpipe", TWO), costs).timeline("gpipe", "");

        assertThat(timeline.spans()).hasSize(8);
        assertThat(timeline.messages()).hasSize(4);
        assertThat(timeline.makespan()).isEqualTo(10);
        assertThat(timeline.messages().getFirst())
                .isEqualTo(new Timeline.Message(0, 1, 0, Action.forward(1, 0), 1, 1.5));
    }

    @Test
    void messagesShareTheBandwidthOfTheirLink() {
        Schedule gpipe = Schedules.generate("gpipe", TWO);
        Map<RankPair, Link> slowForward = Map.of(new RankPair(0, 1), new Link(0.25, 5));

        Simulation simulation = Simulator.simulate(gpipe, bytes(Link.FREE, slowForward));

        // 2 units for each activation, the second waits for the first: at 1 + 2 + 0.25 and 3 + 2 + 0.25
        assertThat(simulation.timeline("", "").messages())
                .filteredOn(message -> message.from() == 0)
                .extracting(Timeline.Message::received)
                .containsExactly(3.25, 5.25);
        assertThat(simulation.makespan()).isEqualTo(6.25 + 2 + 2 + 2);
    }

    @Test
    void aSynchronizedStepCountsTheStagger() {
        PipelineShape shape = new PipelineShape(4, 1, 8);
        Schedule h2 = Schedules.generate("zb-h2", shape);

        Simulation alone = Simulator.simulate(h2, Costs.unit(shape), new SimulationOptions(false, 1, 0, 0, 99));
        Simulation together = Simulator.simulate(h2, Costs.unit(shape), new SimulationOptions(true, 1, 0, 0, 99));

        // the step itself is not the work that the ideal counts
        assertThat(alone.bubbleOfRankSpan()).isCloseTo(1.0 / 25, within(1e-12));
        assertThat(together.bubbleOfRankSpan()).isCloseTo(4.0 / 28, within(1e-12));
        assertThat(alone.makespan()).isEqualTo(28);
        assertThat(together.makespan()).isEqualTo(28);
    }

    @Test
    void jitterComesFromTheSeedAlone() {
        Schedule schedule = Schedules.generate("1f1b", 4, 8);
        Costs costs = Costs.unit(new PipelineShape(4, 1, 8));
        double plain = Simulator.simulate(schedule, costs).makespan();
        double first = Simulator.simulate(schedule, costs, new SimulationOptions(false, 0, 0.2, 1, 99))
                .makespan();
        double again = Simulator.simulate(schedule, costs, new SimulationOptions(false, 0, 0.2, 1, 99))
                .makespan();
        double other = Simulator.simulate(schedule, costs, new SimulationOptions(false, 0, 0.2, 2, 99))
                .makespan();

        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
        assertThat(List.of(first, other))
                .allSatisfy(makespan ->
                        assertThat(makespan).isBetween(plain * 0.8, plain * 1.2).isNotEqualTo(plain));
    }

    @Test
    void memoryIsFreedByPartsAndLimited() {
        PipelineShape shape = new PipelineShape(4, 1, 8);
        Costs costs = Costs.uniform(shape, 1, 1, 1, 0, 0.25);
        Schedule h1 = Schedules.generate("zb-h1", shape);

        assertThat(Simulator.simulate(h1, costs).peakMemory()[3]).isEqualTo(1 + 3 * 0.25);
        assertThat(Simulator.simulate(h1, costs, limit(4)).makespan()).isPositive();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Simulator.simulate(h1, costs, limit(3)))
                .withMessage("memory: rank 0 holds 4.0 with 0F3 (expected: at most 3.0, the limit); raise it or take a"
                        + " schedule that holds fewer micro-batches");
    }

    @Test
    void costsOfOtherStagesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Simulator.simulate(Schedules.generate("1f1b", 4, 8), Costs.unit(TWO)))
                .withMessage("costs: of 2 stages (expected: of 4, as the schedule 1f1b has)");
    }

    @Test
    void theCriticalPathOfGpipeGoesThereAndBack() {
        Simulation simulation = Simulator.simulate(Schedules.generate("gpipe", TWO), Costs.unit(TWO));

        assertThat(simulation.criticalPath())
                .extracting(span -> span.action().toString())
                .containsExactly("0F0", "1F0", "1F1", "1B0", "0B0", "0B1");
    }

    @Test
    void theCriticalPathHasNoGapsButMessages() {
        for (var generator : Schedules.all()) {
            PipelineShape shape = new PipelineShape(4, generator.defaultChunks(), 8);
            Costs costs = Costs.uniform(shape, 1.1, 1.3, 0.7, 0, 1);
            Simulation simulation = Simulator.simulate(Schedules.generate(generator.name(), shape, costs), costs);
            List<Timeline.Span> path = simulation.criticalPath();

            assertThat(path.getFirst().start()).as(generator.name()).isZero();
            assertThat(path.getLast().end()).as(generator.name()).isEqualTo(simulation.makespan());
            for (int k = 1; k < path.size(); k++) {
                assertThat(path.get(k).start()).isEqualTo(path.get(k - 1).end());
            }
        }
    }
}
