package millrace.schedule.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import millrace.schedule.Action;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.ScheduleCsv;
import millrace.schedule.Schedules;
import millrace.schedule.simulate.Bubbles.Bubble;
import millrace.schedule.simulate.Bubbles.Cause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BubblesTest {
    private static Simulation simulated(String name, int ranks, double latency) {
        PipelineShape shape = new PipelineShape(ranks, Schedules.named(name).defaultChunks(), 8);
        return Simulator.simulate(Schedules.generate(name, shape), Costs.uniform(shape, 1, 1, 1, latency, 1));
    }

    private static double time(List<Bubble> bubbles, int rank, Cause cause) {
        return bubbles.stream()
                .filter(bubble -> bubble.rank() == rank && bubble.cause() == cause)
                .mapToDouble(bubble -> bubble.end() - bubble.start())
                .sum();
    }

    static Stream<String> names() {
        return Schedules.all().stream().map(Generator::name);
    }

    /** What a rank computes, and what it waits for whatever cause, is the whole batch. */
    @ParameterizedTest
    @MethodSource("names")
    void everyMomentIsWorkOrABubble(String name) {
        for (double latency : new double[] {0, 0.3}) {
            Simulation simulation = simulated(name, 4, latency);
            List<Bubble> bubbles = Bubbles.of(simulation);
            for (int rank = 0; rank < 4; rank++) {
                int row = rank;
                double idle = bubbles.stream()
                        .filter(bubble -> bubble.rank() == row)
                        .mapToDouble(bubble -> bubble.end() - bubble.start())
                        .sum();
                assertThat(simulation.busy()[rank] + idle)
                        .as("%s, latency %s, rank %d", name, latency, rank)
                        .isCloseTo(simulation.computed(), within(1e-9));
            }
            assertThat(bubbles).allSatisfy(bubble -> assertThat(bubble.end()).isGreaterThan(bubble.start()));
        }
    }

    /** 1F1B, where F takes 1 and B takes 2: rank r waits r until the line has filled, and r times a B at the end. */
    @Test
    void theLineFillsAndDrains() {
        List<Bubble> bubbles = Bubbles.of(simulated("1f1b", 4, 0));

        for (int rank = 0; rank < 4; rank++) {
            assertThat(time(bubbles, rank, Cause.FILL)).as("rank %d", rank).isEqualTo(rank);
            assertThat(time(bubbles, rank, Cause.DRAIN)).as("rank %d", rank).isEqualTo(2 * rank);
            assertThat(time(bubbles, rank, Cause.COMMUNICATION)).isZero();
        }
    }

    @Test
    void aMessageOnItsWayIsCommunication() {
        // two stages, one micro-batch: rank 0 waits for the backward of rank 1, whose delta then travels
        Schedule schedule = ScheduleCsv.read("two", "0F0,0B0\n1F0,1B0\n");
        Costs costs = Costs.uniform(new PipelineShape(2, 1, 1), 1, 1, 1, 0.5, 1);

        List<Bubble> bubbles = Bubbles.of(Simulator.simulate(schedule, costs));

        Optional<Action> awaited = Optional.of(Action.backwardInput(1, 0));
        assertThat(bubbles)
                .containsExactly(
                        new Bubble(0, 1, 4.5, Cause.DEPENDENCY, awaited),
                        new Bubble(0, 4.5, 5, Cause.COMMUNICATION, awaited),
                        new Bubble(1, 0, 1.5, Cause.FILL, Optional.of(Action.forward(0, 0))),
                        new Bubble(1, 4.5, 7, Cause.DRAIN, Optional.empty()));
    }

    /** Rank 0 could do the second forward while it waits: its order wants the first backward before. */
    @Test
    void anOrderMayHoldBackWhatCouldBeDone() {
        Schedule schedule = ScheduleCsv.read("one by one", "0F0,0B0,0F1,0B1\n1F0,1B0,1F1,1B1\n");
        Costs costs = Costs.uniform(new PipelineShape(2, 1, 2), 1, 1, 1, 0, 1);

        List<Bubble> bubbles = Bubbles.of(Simulator.simulate(schedule, costs));

        Map<Boolean, Long> first = bubbles.stream()
                .filter(bubble -> bubble.rank() == 0)
                .collect(Collectors.partitioningBy(bubble -> bubble.cause() == Cause.HELD_BACK, Collectors.counting()));
        assertThat(first).containsEntry(true, 1L).containsEntry(false, 1L);
        assertThat(time(bubbles, 0, Cause.HELD_BACK)).isEqualTo(3);
    }

    @Test
    void whatIsHeldRisesToThePeakAndFallsToNothing() {
        Simulation simulation = simulated("1f1b", 4, 0);

        List<List<MemoryCurve.Point>> curves = MemoryCurve.of(simulation);

        for (int rank = 0; rank < 4; rank++) {
            assertThat(curves.get(rank).stream()
                            .mapToDouble(MemoryCurve.Point::held)
                            .max())
                    .hasValue(simulation.peakMemory()[rank]);
            assertThat(curves.get(rank).getLast().held()).isZero();
            assertThat(curves.get(rank)).extracting(MemoryCurve.Point::time).isSorted();
        }
    }
}
