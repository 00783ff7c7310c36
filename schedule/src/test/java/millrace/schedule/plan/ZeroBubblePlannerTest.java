package millrace.schedule.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Grid;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.RankOrder;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.Validator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZeroBubblePlannerTest {
    private static String orders(String name, int ranks, int microBatches) {
        return Grid.of(Schedules.generate(name, ranks, microBatches)).replace(System.lineSeparator(), "\n") + "\n";
    }

    /** ZB-H1 by its rule: p-1-r forwards, then F and I in turn, and a W after each I from micro-batch r on. */
    private static List<List<Cell>> handmade(PipelineShape shape) {
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            RankOrder row = new RankOrder(shape.microBatches());
            for (int i = 0; i < shape.ranks() - 1 - rank; i++) {
                row.f(rank);
            }
            for (int i = 0; i < shape.microBatches(); i++) {
                row.f(rank).i(rank);
                if (i >= rank) {
                    row.w(rank);
                }
            }
            for (int i = 0; i < rank; i++) {
                row.w(rank);
            }
            order.add(row.cells());
        }
        return order;
    }

    private static double bubbleOfSpan(Schedule schedule, Costs costs, double work) {
        double span = Timing.of(schedule, costs).span();
        return (span - schedule.microBatches() * work) / span;
    }

    @ParameterizedTest
    @CsvSource({"zb-1p, 0.158520", "zb-2p, 0.043310"})
    void bubblesAreAsInThePapersFirstRow(String name, double bubble) {
        PipelineShape shape = new PipelineShape(8, 1, 24);
        Costs costs = Costs.uniform(shape, 18.522, 18.086, 9.337, 0.601, 0.3664);

        Schedule schedule = Schedules.generate(name, shape, costs);

        assertThat(bubbleOfSpan(schedule, costs, 18.522 + 18.086 + 9.337)).isCloseTo(bubble, within(0.5e-6));
    }

    @Test
    void withUnequalCostsTheSmallerPlanIsAsShortAsTheHandmadeSchedule() {
        PipelineShape shape = new PipelineShape(8, 1, 24);
        Costs costs = Costs.uniform(shape, 18.522, 18.086, 9.337, 0.601, 0.3664);
        Schedule handmade = new Schedule("zb-h1", Placement.loop(shape), handmade(shape));
        Schedule planned = Schedules.generate("zb-1p", shape, costs);

        assertThat(Timing.of(planned, costs).span())
                .isCloseTo(Timing.of(handmade, costs).span(), within(1e-9));
    }

    @Test
    void withEqualCostsAndMemoryForOneLineItIsTheHandmadeSchedule() {
        assertThat(orders("zb-1p", 4, 8)).isEqualTo("""
            rank 0: 0F0 0F1 0F2 0F3 0I0 0W0 0F4 0I1 0W1 0F5 0I2 0W2 0F6 0I3 0W3 0F7 0I4 0W4 0I5 0W5 0I6 0W6 0I7 0W7
            rank 1: 1F0 1F1 1F2 1I0 1F3 1I1 1W0 1F4 1I2 1W1 1F5 1I3 1W2 1F6 1I4 1W3 1F7 1I5 1W4 1I6 1W5 1I7 1W6 1W7
            rank 2: 2F0 2F1 2I0 2F2 2I1 2F3 2I2 2W0 2F4 2I3 2W1 2F5 2I4 2W2 2F6 2I5 2W3 2F7 2I6 2W4 2I7 2W5 2W6 2W7
            rank 3: 3F0 3I0 3F1 3I1 3F2 3I2 3F3 3I3 3W0 3F4 3I4 3W1 3F5 3I5 3W2 3F6 3I6 3W3 3F7 3I7 3W4 3W5 3W6 3W7
            """);
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 4", "3, 6", "4, 9", "5, 11", "8, 16", "8, 64", "13, 30"})
    void withEqualCostsItIsTheHandmadeScheduleForAnyNumberOfRanks(int ranks, int microBatches) {
        PipelineShape shape = new PipelineShape(ranks, 1, microBatches);

        assertThat(Schedules.generate("zb-1p", shape).order()).isEqualTo(handmade(shape));
    }

    @Test
    void withMemoryForTwoLinesNoRankWaits() {
        assertThat(orders("zb-2p", 3, 6)).isEqualTo("""
            rank 0: 0F0 0F1 0F2 0F3 0F4 0I0 0F5 0W0 0I1 0W1 0I2 0W2 0I3 0W3 0I4 0W4 0I5 0W5
            rank 1: 1F0 1F1 1F2 1I0 1F3 1I1 1F4 1I2 1F5 1I3 1W0 1I4 1W1 1I5 1W2 1W3 1W4 1W5
            rank 2: 2F0 2I0 2F1 2I1 2F2 2I2 2F3 2I3 2F4 2I4 2F5 2I5 2W0 2W1 2W2 2W3 2W4 2W5
            """);
        for (int ranks = 1; ranks <= 9; ranks++) {
            for (int microBatches = 2 * ranks; microBatches <= 4 * ranks; microBatches++) {
                PipelineShape shape = new PipelineShape(ranks, 1, microBatches);
                Timing timing = Timing.of(Schedules.generate("zb-2p", shape), Costs.unit(shape));

                assertThat(timing.span()).as(shape.toString()).isEqualTo(3.0 * microBatches);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8})
    void upToAsManyMicroBatchesAsRanksOnlyTheLastWeightsShow(int ranks) {
        for (int microBatches = 1; microBatches <= ranks; microBatches++) {
            PipelineShape shape = new PipelineShape(ranks, 1, microBatches);
            Costs costs = Costs.uniform(shape, 3, 4, 2, 0, 1);
            for (String name : List.of("zb-1p", "zb-2p")) {
                Timing timing = Timing.of(Schedules.generate(name, shape, costs), costs);

                assertThat(timing.makespan())
                        .as(name + " of " + shape)
                        .isEqualTo((microBatches + ranks - 1) * (3.0 + 4) + 2);
            }
        }
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anyCostsGiveAValidPlanWithinItsMemory(long seed) {
        Random random = new Random(seed);
        PipelineShape shape = new PipelineShape(1 + random.nextInt(10), 1, 1 + random.nextInt(32));
        boolean alike = random.nextBoolean();
        StageCost any = stage(random);
        List<StageCost> stages = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            stages.add(alike ? any : stage(random));
        }
        Link link = new Link(random.nextDouble(), Double.POSITIVE_INFINITY);
        Costs costs = new Costs(stages, random.nextBoolean() ? link : Link.FREE, Map.of());
        double limit = 1 + random.nextInt(2 * shape.ranks());

        Schedule schedule = Validator.checked(ZeroBubblePlanner.plan("planned", shape, costs, limit));

        Timing timing = Timing.of(schedule, costs);
        for (int rank = 0; rank < shape.ranks(); rank++) {
            assertThat(timing.peak(rank))
                    .as("seed " + seed + ": memory of rank " + rank)
                    .isLessThanOrEqualTo(limit * stages.get(rank).memory() * (1 + 1e-8));
        }
    }

    private static StageCost stage(Random random) {
        double memory = 1 + random.nextInt(5);
        double input = random.nextDouble(2);
        double weight = random.nextDouble(2);
        return new StageCost(
                random.nextDouble(2), input + weight, input, weight, memory, memory * random.nextDouble(), 0, 0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 1.0 / 3, 1e-9, 1e6})
    void theUnitOfTimeDoesNotMatter(double unit) {
        PipelineShape shape = new PipelineShape(6, 1, 20);
        Costs whole = Costs.uniform(shape, 3, 5, 2, 1, 0.4);
        Costs rounded = Costs.uniform(shape, 3 * unit, 5 * unit, 2 * unit, unit, 0.4);

        for (String name : List.of("zb-1p", "zb-2p")) {
            assertThat(Schedules.generate(name, shape, rounded)).isEqualTo(Schedules.generate(name, shape, whole));
        }
    }

    @Test
    void aFastRankDoesNotRunAheadOfASlowOneBeforeIt() {
        PipelineShape shape = new PipelineShape(3, 1, 3);
        StageCost slowForward = new StageCost(20, 2, 1, 1, 1, 1, 0, 0);
        StageCost fast = new StageCost(1, 2, 1, 1, 1, 1, 0, 0);
        StageCost slowInput = new StageCost(1, 21, 20, 1, 1, 1, 0, 0);
        Costs costs = new Costs(List.of(slowForward, fast, slowInput), Link.FREE, Map.of());

        ZeroBubblePlan plan =
                new ZeroBubblePlan(new LineCosts(shape, costs, 6), new ZeroBubblePlan.Choices(true, false, false));

        Schedule schedule = Validator.checked(new Schedule("one try", Placement.loop(shape), plan.order()));
        assertThat(plan.span()).isEqualTo(Timing.of(schedule, costs).span());
    }

    @Test
    void aSlowLinkInOneDirectionIsPlannedFor() {
        PipelineShape shape = new PipelineShape(2, 1, 6);
        Costs near = Costs.uniform(shape, 1, 1, 1, 0, 1);
        Costs far = new Costs(near.stages(), Link.FREE, Map.of(new Costs.RankPair(1, 0), new Link(3, 1)));

        Schedule schedule = Schedules.generate("zb-2p", shape, far);

        assertThat(Grid.of(schedule)).startsWith("rank 0: 0F0 0F1 0F2 0F3 0I0");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0, -1, Double.NaN})
    void memoryForLessThanOneMicroBatchIsRefused(double limit) {
        PipelineShape shape = new PipelineShape(2, 1, 4);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ZeroBubblePlanner.plan("planned", shape, Costs.unit(shape), limit))
                .withMessage(
                        "planned: memory limit: " + limit + " micro-batches (expected: 1 or more, a forward must fit)");
    }

    @Test
    void costsOfAnotherLineAreRefused() {
        PipelineShape shape = new PipelineShape(2, 1, 4);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("zb-1p", new PipelineShape(3, 1, 4), Costs.unit(shape)))
                .withMessage("costs: for 2 stages (expected: 3)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"zb-1p", "zb-2p"})
    void severalStagesARankAreRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate(name, new PipelineShape(3, 2, 4)))
                .withMessageStartingWith(name + ": chunks: 2 (expected: 1");
    }
}
