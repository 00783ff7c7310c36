package millrace.schedule.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import millrace.schedule.Action.Kind;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.RankOrder;
import millrace.schedule.Replay;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.Validator;
import millrace.schedule.plan.OptimalOrder.Objective;
import millrace.schedule.plan.OptimalOrder.Result;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OptimalOrderTest {
    private static final long ENOUGH = 10_000_000;

    /** The table that an independent program has made by going through all orders. */
    @ParameterizedTest
    @CsvSource({
        "2, 2, 1, 0, 10, 10",
        "2, 2, 2, 0, 7, 7",
        "2, 3, 1, 0, 15, 15",
        "2, 3, 2, 0, 10, 10",
        "2, 3, 3, 0, 10, 9",
        "3, 2, 1, 0, 14, 14",
        "3, 2, 2, 0, 9, 9",
        "3, 3, 1, 0, 21, 21",
        "3, 3, 2, 0, 14, 14",
        "3, 3, 3, 0, 11, 11",
        "2, 3, 2, 1, 14, 14",
        "2, 3, 3, 1, 11, 11"
    })
    void ofUnitActions(int ranks, int microBatches, int held, double hop, double makespan, double span) {
        PipelineShape shape = new PipelineShape(ranks, 1, microBatches);
        Costs costs = Costs.uniform(shape, 1, 1, 1, hop, 1);

        Result shortest = OptimalOrder.search(shape, costs, held, Objective.MAKESPAN, ENOUGH);
        Result leastSpan = OptimalOrder.search(shape, costs, held, Objective.RANK_SPAN, ENOUGH);

        assertThat(shortest.length()).isEqualTo(makespan);
        assertThat(shortest.proved()).isTrue();
        assertThat(leastSpan.length()).isEqualTo(span);
        Validator.checked(shortest.schedule());
        assertThat(Simulator.simulate(shortest.schedule(), costs).makespan()).isEqualTo(makespan);
        assertThat(Arrays.stream(Simulator.simulate(shortest.schedule(), costs).peakActivations())
                        .max()
                        .orElse(0))
                .isLessThanOrEqualTo(held);
    }

    @Test
    void ofLongerForwardsAndBackwards() {
        PipelineShape shape = new PipelineShape(2, 1, 3);
        Costs costs = Costs.uniform(shape, 2, 2, 1, 0, 1);

        assertThat(OptimalOrder.search(shape, costs, 2, Objective.MAKESPAN, ENOUGH)
                        .length())
                .isEqualTo(18);
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 40);
    }

    /** Uneven stages, links that take time, and actions that take none. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void isTheShortestOfAll(long seed) {
        Random random = new Random(seed);
        boolean wide = random.nextBoolean();
        PipelineShape shape = new PipelineShape(wide ? 3 : 2, 1, wide ? 2 : 3);
        int held = 1 + random.nextInt(shape.microBatches());
        Costs costs = new Costs(
                Stream.generate(() -> {
                            double input = random.nextInt(4);
                            double weight = random.nextInt(4);
                            return new StageCost(random.nextInt(4), input + weight, input, weight, 1, 1, 0, 0);
                        })
                        .limit(shape.ranks())
                        .toList(),
                new Link(random.nextInt(3), Double.POSITIVE_INFINITY),
                Map.of());
        double[] shortest = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
        forAllOrders(shape, held, schedule -> {
            Timing timing = Timing.of(schedule, costs);
            shortest[0] = Math.min(shortest[0], timing.makespan());
            shortest[1] = Math.min(shortest[1], timing.span());
        });
        String where = "seed " + seed + ": " + shape + ", held " + held + ", " + costs;

        Result found = OptimalOrder.search(shape, costs, held, Objective.MAKESPAN, ENOUGH);

        assertThat(found.length()).as(where).isEqualTo(shortest[0]);
        assertThat(Timing.of(found.schedule(), costs).makespan()).as(where).isEqualTo(shortest[0]);
        assertThat(OptimalOrder.search(shape, costs, held, Objective.RANK_SPAN, ENOUGH)
                        .length())
                .as(where)
                .isEqualTo(shortest[1]);
    }

    private static void forAllOrders(PipelineShape shape, int held, Consumer<Schedule> told) {
        List<List<Kind>> orders = new ArrayList<>();
        complete(new ArrayList<>(), shape.microBatches(), held, orders);
        int[] chosen = new int[shape.ranks()];
        while (chosen[0] < orders.size()) {
            List<List<Cell>> rows = new ArrayList<>();
            for (int rank = 0; rank < shape.ranks(); rank++) {
                rows.add(row(rank, orders.get(chosen[rank]), shape.microBatches()));
            }
            Schedule schedule = new Schedule("any", Placement.loop(shape), rows);
            if (new Replay(schedule).run((_, _, _) -> {})) {
                told.accept(schedule);
            }
            int rank = shape.ranks() - 1;
            chosen[rank]++;
            while (rank > 0 && chosen[rank] == orders.size()) {
                chosen[rank] = 0;
                rank--;
                chosen[rank]++;
            }
        }
    }

    private static void complete(List<Kind> begun, int microBatches, int held, List<List<Kind>> complete) {
        int forwards = Collections.frequency(begun, Kind.F);
        int inputs = Collections.frequency(begun, Kind.I);
        int weights = Collections.frequency(begun, Kind.W);
        if (weights == microBatches) {
            complete.add(List.copyOf(begun));
            return;
        }
        for (Kind kind : new Kind[] {Kind.F, Kind.I, Kind.W}) {
            boolean possible = switch (kind) {
                case F -> forwards < microBatches && forwards - weights < held;
                case I -> inputs < forwards;
                case W -> weights < inputs;
                case B, R -> false;
            };
            if (possible) {
                begun.add(kind);
                complete(begun, microBatches, held, complete);
                begun.removeLast();
            }
        }
    }

    private static List<Cell> row(int rank, List<Kind> kinds, int microBatches) {
        RankOrder row = new RankOrder(microBatches);
        for (Kind kind : kinds) {
            switch (kind) {
                case F -> row.f(rank);
                case I -> row.i(rank);
                case W -> row.w(rank);
                case B, R -> throw new IllegalStateException("an order of F, I and W");
            }
        }
        return row.cells();
    }

    /** 5, 21 and 42 orders a rank. */
    @Test
    void ordersAreAsManyAsCounted() {
        int[][] counts = {{2, 2, 5}, {3, 2, 21}, {3, 3, 42}, {3, 1, 1}};
        for (int[] count : counts) {
            List<List<Kind>> orders = new ArrayList<>();
            complete(new ArrayList<>(), count[0], count[1], orders);
            assertThat(orders).hasSize(count[2]);
        }
    }

    /** What the handmade schedules of the zero-bubble paper lose by their rules: nothing, where actions take equally long. */
    @Test
    void zeroBubbleSchedulesAreShortestWithTheirMemory() {
        PipelineShape shape = new PipelineShape(3, 1, 3);
        Costs costs = Costs.unit(shape);

        double handmade = Simulator.simulate(Schedules.generate("zb-h1", shape, costs), costs)
                .makespan();

        assertThat(OptimalOrder.search(shape, costs, 3, Objective.MAKESPAN, ENOUGH)
                        .length())
                .isEqualTo(handmade)
                .isEqualTo(11);
    }

    /** With less memory than zb-1p gives it, the planner's heuristic loses one. */
    @Test
    void thePlannerWithRoomForTwoIsNotTheShortest() {
        PipelineShape shape = new PipelineShape(3, 1, 3);
        Costs costs = Costs.unit(shape);

        Schedule planned = ZeroBubblePlanner.plan("zb", shape, costs, 2);

        assertThat(Simulator.simulate(planned, costs).makespan()).isEqualTo(15);
        assertThat(OptimalOrder.search(shape, costs, 2, Objective.MAKESPAN, ENOUGH)
                        .length())
                .isEqualTo(14);
    }

    @Test
    void aSearchThatIsCutShortTellsWhatItHas() {
        PipelineShape shape = new PipelineShape(4, 1, 12);
        Costs costs = Costs.uniform(shape, 1.1, 1.3, 0.7, 0.1, 1);

        Result result = OptimalOrder.search(shape, costs, 4, Objective.MAKESPAN, 2_000);

        Validator.checked(result.schedule());
        assertThat(result.bound()).isLessThanOrEqualTo(result.length());
        assertThat(Simulator.simulate(result.schedule(), costs).makespan()).isCloseTo(result.length(), within(1e-9));
    }

    @Test
    void whatCannotBeSearchedIsRefused() {
        PipelineShape two = new PipelineShape(2, 2, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OptimalOrder.search(two, Costs.unit(two), 1, Objective.MAKESPAN, 1))
                .withMessageStartingWith("optimal order: chunks: 2 (expected: 1");
        PipelineShape line = new PipelineShape(2, 1, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OptimalOrder.search(line, Costs.unit(line), 0, Objective.MAKESPAN, 1))
                .withMessage("micro-batches held: 0 (expected: 1 or more, a forward must fit)");
    }

    /** Of more actions than a search could go through the steady cycle is told, with what no order can be shorter than. */
    @Test
    void aLongLineGetsItsSteadyCycle() {
        PipelineShape shape = new PipelineShape(4, 1, 1_000);
        Costs costs = Costs.unit(shape);

        Result found = OptimalOrder.search(shape, costs, 4, Objective.MAKESPAN, ENOUGH);

        assertThat(found.length()).isEqualTo(3_003);
        assertThat(found.bound()).isBetween(3_000.0, 3_003.0);
        assertThat(found.steps()).isZero();
        Validator.checked(found.schedule());
    }

    /** Rounds are planned within memory, of which little may be held after an I; the limit of the search counts micro-batches. */
    @Test
    void noMoreMicroBatchesAreHeldWhereLittleOfThemIs() {
        PipelineShape shape = new PipelineShape(3, 1, 6);
        Costs costs = Costs.uniform(shape, 1, 1, 1, 0, 0.1);

        Schedule found =
                OptimalOrder.search(shape, costs, 2, Objective.MAKESPAN, 100).schedule();

        for (int stage = 0; stage < 3; stage++) {
            assertThat(found.peakInFlight(stage)).isLessThanOrEqualTo(2);
        }
    }
}
