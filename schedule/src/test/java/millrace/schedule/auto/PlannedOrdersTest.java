package millrace.schedule.auto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Generator;
import millrace.schedule.Recomputation;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.auto.PlanRequest.Recomputing;
import millrace.schedule.order.Flushed;
import millrace.schedule.simulate.SimulationOptions;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Orders that are planned for what their stages take, copies of the line, and the memory that is told. */
class PlannedOrdersTest {
    private static final double NO_LIMIT = Double.POSITIVE_INFINITY;

    static IntStream seeds() {
        return IntStream.range(0, 60);
    }

    private static NetworkProfile joint() {
        return Networks.of(
                2,
                1,
                Networks.layer("a", 3, 1, 1, 1, 7, 2),
                Networks.layer("b", 2, 1, 1, 1, 8, 2),
                Networks.layer("c", 0, 1, 1, 1, 2, 2),
                Networks.layer("d", 2, 2, 2, 2, 2, 1));
    }

    static List<String> planned() {
        return Schedules.all().stream()
                .filter(Generator::isPlanned)
                .map(Generator::name)
                .toList();
    }

    /** What a schedule is planned from stands in the plan, so that a run that reads it has the same order. */
    @ParameterizedTest
    @MethodSource("planned")
    void aScheduleIsPlannedForWhatItsStagesTake(String name) {
        int better = 0;
        for (int seed = 0; seed < 20; seed++) {
            NetworkProfile profile = Networks.random(new Random(seed), 5);
            PlanRequest request = request(3, 8, NO_LIMIT, List.of(name), 5, Recomputing.NEVER);
            for (Plan plan : search(profile, request).best()) {
                Costs by = plan.orderedBy().orElseGet(() -> Costs.unit(plan.shape()));
                Schedule order = new Flushed(Schedules.generate(name, plan.shape(), by)).schedule();
                Schedule usual = new Flushed(Schedules.generate(name, plan.shape())).schedule();
                double[] steps = new double[3];
                double own = Simulator.period(order, plan.costs(), SimulationOptions.PLAIN, steps);
                double unit = Simulator.period(usual, plan.costs(), SimulationOptions.PLAIN, steps);
                assertThat(own).as("seed %d", seed).isLessThanOrEqualTo(unit + 1e-9);
                better += own < unit - 1e-9 ? 1 : 0;
            }
        }
        assertThat(better).isPositive();
    }

    /** With room for two micro-batches on three ranks the shortest order is planned, which zb-1p does not find. */
    @Test
    void whereMemoryIsShortOrdersHoldLess() {
        LayerProfile[] layers = new LayerProfile[3];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = Networks.layer("layer", 0, 1, 1, 1, 1, 0);
        }
        NetworkProfile profile = Networks.of(0, 0, layers);
        PlanRequest request = new PlanRequest(
                3, 3, 2, List.of("zb-1p", "shortest"), PlanRequest.anywhere(3), Recomputing.NEVER, true, 1, 10);

        Plan best = search(profile, request).best().getFirst();

        assertThat(best.schedule()).isEqualTo("shortest");
        assertThat(best.period()).isEqualTo(14);
        assertThat(best.orderedBy().orElseThrow().mostHeld()).isEqualTo(2);
    }

    /** Where one layer is most of the work no cut shares it, and copies of the line do. */
    @Test
    void copiesOfTheLineShareALayerThatIsMostOfTheWork() {
        NetworkProfile profile =
                Networks.of(0, 0, Networks.layer("small", 1, 1, 1, 1, 1, 1), Networks.layer("large", 1, 9, 9, 9, 1, 1));
        PlanRequest line = request(2, 8, NO_LIMIT, List.of("1f1b"), 2, Recomputing.NEVER);
        PlanRequest copies = new PlanRequest(
                2,
                List.of(1, 2),
                8,
                NO_LIMIT,
                List.of("1f1b"),
                PlanRequest.anywhere(2),
                Recomputing.NEVER,
                false,
                false,
                1,
                10);

        Plan best = search(profile, copies).best().getFirst();

        assertThat(best.replicas()).isEqualTo(2);
        assertThat(best.shape().ranks()).isEqualTo(1);
        assertThat(best.period()).isEqualTo(8 * 30 / 2);
        assertThat(best.memory()).hasSize(2);
        assertThat(search(profile, line).best().getFirst().period()).isGreaterThan(best.period());
    }

    /** What copies take to exchange gradients is a part of the step. */
    @Test
    void copiesPayForTheirExchange() {
        NetworkProfile free = Networks.of(0, 0, Networks.layer("only", 4, 1, 1, 1, 1, 1));
        NetworkProfile dear = new NetworkProfile(free.layers(), Link.FREE, Map.of(), List.of(), 0, 5, 0);
        PlanRequest request = new PlanRequest(
                2,
                List.of(2),
                8,
                NO_LIMIT,
                List.of("1f1b"),
                PlanRequest.anywhere(1),
                Recomputing.NEVER,
                false,
                false,
                1,
                1);

        double without = search(free, request).best().getFirst().period();

        assertThat(search(dear, request).best().getFirst().period()).isCloseTo(without + 5, within(1e-12));
    }

    @Test
    void refusesCopiesThatDoNotDivideTheRanks() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> search(
                        joint(),
                        new PlanRequest(
                                4,
                                List.of(3),
                                8,
                                NO_LIMIT,
                                List.of("1f1b"),
                                PlanRequest.anywhere(4),
                                Recomputing.NEVER,
                                false,
                                false,
                                1,
                                1)))
                .withMessage("replicas: [3] (expected: numbers of which one divides the 4 ranks)");
    }

    /** What is told of a line that somebody has cut is what the planner tells of the same line. */
    @ParameterizedTest
    @MethodSource("seeds")
    void memoryIsToldAlike(int seed) {
        Random random = new Random(seed);
        NetworkProfile profile = Networks.random(random, 5);
        double limit = random.nextBoolean() ? NO_LIMIT : 40 + random.nextInt(100);
        List<String> names = List.of("1f1b", "zb-h1", "zb-v", "chimera", "zb-1p");
        for (Plan plan : search(profile, request(2, 8, limit, names, 5, Recomputing.APART))
                .best()) {
            Costs by = plan.orderedBy().orElseGet(() -> Costs.unit(plan.shape()));
            Schedule order = new Flushed(Schedules.generate(plan.schedule(), plan.shape(), by)).schedule();

            List<RankBytes> told = MemoryModel.of(
                    profile,
                    8 / plan.microBatches(),
                    Recomputation.of(order, plan.recomputed()),
                    plan.starts(),
                    plan.recomputedLayers());

            for (int rank = 0; rank < 2; rank++) {
                assertThat(told.get(rank).total())
                        .as("seed %d, %s", seed, plan)
                        .isCloseTo(plan.memory().get(rank).total(), within(1e-9));
            }
        }
    }

    private static PlanTable search(NetworkProfile profile, PlanRequest request) {
        return Planner.search(profile, request, () -> false);
    }

    private static PlanRequest request(
            int ranks, int batch, double limit, List<String> names, int layers, Recomputing recomputing) {
        return new PlanRequest(ranks, batch, limit, names, PlanRequest.anywhere(layers), recomputing, false, 1, 10);
    }
}
