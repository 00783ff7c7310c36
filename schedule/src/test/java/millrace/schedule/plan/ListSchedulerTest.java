package millrace.schedule.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import millrace.schedule.Action;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.Validator;
import millrace.schedule.plan.ListScheduler.Rule;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ListSchedulerTest {
    /** Waves on 4 ranks with 4 micro-batches, B = 2F, by an independent program. */
    @ParameterizedTest
    @CsvSource({"1, 18", "2, 15.25", "4, 13.625"})
    void waves(int waves, double makespan) {
        PipelineShape shape = new PipelineShape(4, 2 * waves, 4);
        Costs costs = Costs.uniform(shape, 1, 1, 1, 0, 1);

        Schedule schedule = Schedules.generate("hanayo", shape, costs);

        assertThat(Simulator.simulate(schedule, costs).makespan()).isEqualTo(makespan);
        double formula = (2.0 * 4 - 2) / (3 * 4 * waves + 4 - 1);
        double bubble = 1 - 12 / makespan;
        assertThat(bubble).isLessThan(1.05 * formula);
        if (waves > 1) {
            assertThat(bubble).isCloseTo(formula, within(0.05 * formula));
        }
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 40);
    }

    /** Whatever the stages cost: valid, and no more held than asked for. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anyLine(long seed) {
        Random random = new Random(seed);
        PipelineShape shape = new PipelineShape(1 + random.nextInt(5), 1 + random.nextInt(4), 1 + random.nextInt(12));
        boolean vee = shape.chunks() % 2 == 0 && random.nextBoolean();
        Placement placement = vee ? Placement.vee(shape) : Placement.loop(shape);
        Costs costs = new Costs(
                Stream.generate(() -> {
                            double input = random.nextDouble();
                            double weight = random.nextDouble();
                            double memory = 1 + random.nextInt(3);
                            return new StageCost(
                                    random.nextDouble(), input + weight, input, weight, memory, memory / 2, 3, 2);
                        })
                        .limit(shape.stages())
                        .toList(),
                new Link(random.nextDouble() / 2, 20),
                Map.of());
        Comparator<Action> first = random.nextBoolean() ? ListScheduler.DEEPEST_FORWARD : ListScheduler.LOWEST_FORWARD;
        Rule rule = new Rule(random.nextBoolean(), 1 + random.nextInt(2 * shape.ranks()), first);
        String where = "seed " + seed + ": " + shape + ", " + rule;

        Schedule schedule = Validator.checked(ListScheduler.schedule("any", placement, costs, rule));

        double[] memory = Simulator.simulate(schedule, costs).peakMemory();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            double needed = placement.stagesOf(rank).stream()
                    .mapToDouble(stage -> costs.stages().get(stage).memory())
                    .sum();
            assertThat(memory[rank]).as(where).isLessThanOrEqualTo(rule.inFlight() * needed * (1 + 1e-9));
        }
    }

    /** With one stage a rank and equal actions: better than 1f1b in the same memory, and no better than what looks ahead. */
    @Test
    void theGreedyScheduleIsBetweenTheFixedAndThePlannedOne() {
        PipelineShape shape = new PipelineShape(4, 1, 8);
        Costs costs = Costs.unit(shape);

        Schedule greedy = Schedules.generate("greedy-list", shape, costs);

        assertThat(Simulator.simulate(greedy, costs).makespan())
                .isLessThan(Simulator.simulate(Schedules.generate("1f1b", shape, costs), costs)
                        .makespan())
                .isGreaterThanOrEqualTo(Simulator.simulate(Schedules.generate("zb-1p", shape, costs), costs)
                        .makespan());
        assertThat(Arrays.stream(Simulator.simulate(greedy, costs).peakActivations())
                        .max()
                        .orElse(0))
                .isLessThanOrEqualTo(4);
    }

    @Test
    void severalCopiesOfTheLineAreRefused() {
        PipelineShape shape = new PipelineShape(2, 1, 4);
        Placement crossed = Placement.bothWays(shape);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ListScheduler.schedule(
                        "any", crossed, Costs.unit(shape), new Rule(true, 2, ListScheduler.DEEPEST_FORWARD)))
                .withMessage("any: replicas: 2 (expected: 1, one copy of the line)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Rule(true, 0, ListScheduler.DEEPEST_FORWARD))
                .withMessage("micro-batches in flight: 0 (expected: 1 or more)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("hanayo", new PipelineShape(2, 3, 4)))
                .withMessage("hanayo: chunks: 3 (expected: an even number, 2 for each wave); take 4");
        assertThat(List.of(Placement.vee(new PipelineShape(2, 4, 1)).stagesOfRanks()))
                .isEqualTo(List.of(List.of(List.of(0, 3, 4, 7), List.of(1, 2, 5, 6))));
    }
}
