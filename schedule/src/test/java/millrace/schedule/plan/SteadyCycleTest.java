package millrace.schedule.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedules;
import millrace.schedule.Validator;
import millrace.schedule.plan.OptimalOrder.Objective;
import millrace.schedule.plan.SteadyCycle.Result;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SteadyCycleTest {
    /**
     * With room for p micro-batches nobody waits, as in ZB-H1; with room for one the line has one micro-batch at a time. In between,
     * for 3 ranks and room for two: the exact optimum of 3 micro-batches is 14, and each further one takes 4.
     */
    @ParameterizedTest
    @CsvSource({"3, 3, 3", "3, 2, 4", "3, 1, 7", "4, 4, 3", "8, 8, 3", "2, 2, 3", "2, 1, 5", "1, 1, 3"})
    void ofUnitActions(int ranks, int held, double period) {
        PipelineShape shape = new PipelineShape(ranks, 1, 12);

        Result found = SteadyCycle.of("cycle", shape, Costs.unit(shape), held);

        assertThat(found.period()).isCloseTo(period, within(1e-9));
    }

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    /** No rank holds too much, and in the middle of a long batch each micro-batch takes a period, or less. */
    @ParameterizedTest
    @MethodSource("seeds")
    void theOrderKeepsThePeriodAndTheMemory(int seed) {
        Random random = new Random(seed);
        int ranks = 1 + random.nextInt(5);
        int held = 1 + random.nextInt(ranks + 2);
        Costs costs = costs(random, ranks, 0);
        String where = "seed " + seed + ": " + ranks + " ranks, " + held + " held, " + costs;
        Result shorter = SteadyCycle.of("cycle", new PipelineShape(ranks, 1, 60), costs, held);
        // whole cycles of as many as are held: where a rank waits for messages, they come in bursts of so many
        int more = 420;
        Result longer = SteadyCycle.of("cycle", new PipelineShape(ranks, 1, 60 + more), costs, held);

        Validator.checked(longer.schedule());
        for (double peak : Simulator.simulate(longer.schedule(), costs).peakActivations()) {
            assertThat(peak).as(where).isLessThanOrEqualTo(held);
        }
        double time = Timing.of(longer.schedule(), costs).makespan()
                - Timing.of(shorter.schedule(), costs).makespan();
        assertThat(time).as(where).isCloseTo(more * longer.period(), within(1e-6 * time));
    }

    /** Every choice of periods between F and I and of the place of the W, for periods in steps of a sixtieth. */
    @ParameterizedTest
    @MethodSource("seeds")
    void noCycleOfOneMicroBatchIsShorter(int seed) {
        Random random = new Random(seed);
        int ranks = 1 + random.nextInt(4);
        int held = 1 + random.nextInt(ranks + 1);
        Costs costs = costs(random, ranks, 1);
        PipelineShape shape = new PipelineShape(ranks, 1, held + 1);
        double found = SteadyCycle.of("cycle", shape, costs, held).period();
        int ticks = 1;
        while (!possible(costs, held, ticks / 60.0, ranks - 1, 0)) {
            ticks++;
        }

        assertThat(Math.ceil(60 * found - 1e-6)).as("seed %d", seed).isEqualTo(ticks);
    }

    /** Whether the ranks up to one can keep to a period when the next one answers so long after its forward began. */
    private static boolean possible(Costs costs, int held, double period, int rank, double answer) {
        if (rank < 0) {
            return true;
        }
        StageCost stage = costs.stages().get(rank);
        boolean last = rank == costs.stages().size() - 1;
        double hops = last ? 0 : 2 * costs.link().latency();
        double earliest = stage.forward() + hops + answer;
        double tolerance = 1e-9;
        for (int periods = 0; periods < held; periods++) {
            for (boolean atOnce : new boolean[] {true, false}) {
                double from = periods * period + stage.forward() + (atOnce ? 0 : stage.backwardWeight());
                double to = (periods + 1) * period - stage.backwardInput() - (atOnce ? stage.backwardWeight() : 0);
                double input = Math.max(from, earliest);
                double weight = atOnce ? input + stage.backwardInput() : (periods + 1) * period + stage.forward();
                boolean fits = input <= to + tolerance
                        && weight + stage.backwardWeight() <= held * period + tolerance
                        && possible(costs, held, period, rank - 1, input + stage.backwardInput());
                if (fits) {
                    return true;
                }
            }
        }
        return false;
    }

    private static Costs costs(Random random, int ranks, int least) {
        return new Costs(
                Stream.generate(() -> {
                            double input = least + random.nextInt(4);
                            double weight = least + random.nextInt(4);
                            double forward = 1 + random.nextInt(4);
                            return new StageCost(forward, input + weight, input, weight, 1, 1, 0, 0);
                        })
                        .limit(ranks)
                        .toList(),
                new Link(random.nextInt(3), Double.POSITIVE_INFINITY),
                Map.of());
    }

    /** It is never shorter than the shortest order, and the search for that begins with it. */
    @ParameterizedTest
    @MethodSource("fewSeeds")
    void theShortestOrderIsNoLonger(int seed) {
        Random random = new Random(seed);
        PipelineShape shape = new PipelineShape(2 + random.nextInt(2), 1, 3);
        Costs costs = costs(random, shape.ranks(), 0);
        int held = 1 + random.nextInt(3);

        double cycle = Timing.of(SteadyCycle.of("cycle", shape, costs, held).schedule(), costs)
                .makespan();

        assertThat(OptimalOrder.search(shape, costs, held, Objective.MAKESPAN, 100)
                        .length())
                .as("seed %d", seed)
                .isLessThanOrEqualTo(cycle);
    }

    static IntStream fewSeeds() {
        return IntStream.range(0, 40);
    }

    @Test
    void asAScheduleItHasRoomForAsManyMicroBatchesAsRanks() {
        PipelineShape shape = new PipelineShape(4, 1, 8);
        Costs unit = Costs.unit(shape);

        assertThat(Simulator.simulate(Schedules.generate("repetend", shape, unit), unit)
                        .makespan())
                .isEqualTo(Simulator.simulate(Schedules.generate("zb-h1", shape, unit), unit)
                        .makespan());
    }

    @Test
    void refusals() {
        PipelineShape chunks = new PipelineShape(2, 2, 4);
        PipelineShape shape = new PipelineShape(2, 1, 4);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SteadyCycle.of("cycle", chunks, Costs.unit(chunks), 2))
                .withMessageContaining("chunks: 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SteadyCycle.of("cycle", shape, Costs.unit(shape), 0))
                .withMessageContaining("held: 0");
    }
}
