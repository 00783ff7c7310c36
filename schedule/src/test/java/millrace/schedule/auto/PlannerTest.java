package millrace.schedule.auto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import millrace.schedule.Costs;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Recomputation;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.auto.PlanRequest.Recomputing;
import millrace.schedule.auto.PlanTable.NoRoom;
import millrace.schedule.auto.PlanTable.SameAs;
import millrace.schedule.order.Flushed;
import millrace.schedule.simulate.SimulationOptions;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PlannerTest {
    private static final double NO_LIMIT = Double.POSITIVE_INFINITY;

    /** Four layers, two ranks, a batch of eight: what an independent program found among all 96 plans. */
    @ParameterizedTest
    @CsvSource({
        "167, 96, 3, 2, ''",
        "135, 98, 3, 4, ''",
        "76, 104, 2, 4, ''",
        "68, 108, 2, 4, '0'",
        "52, 111, 3, 8, ''",
        "48, 114, 2, 8, ''",
        "40, 116, 2, 8, '0'",
        "26, 135, 1, 8, ''"
    })
    void bestAsMemoryFalls(double limit, double period, int cut, int microBatches, String recomputed) {
        PlanTable found = search(joint(), request(2, 8, limit, List.of("gpipe", "1f1b"), 4, Recomputing.AT_BACKWARD));

        Plan best = found.best().getFirst();
        assertThat(best.period()).isEqualTo(period);
        assertThat(best.schedule()).isEqualTo("1f1b");
        assertThat(best.starts()).containsExactly(0, cut);
        assertThat(best.shape().microBatches()).isEqualTo(microBatches);
        assertThat(best.recomputed()).isEqualTo(recomputed.isEmpty() ? Set.of() : Set.of(Integer.valueOf(recomputed)));
        assertThat(best.mostMemory()).isLessThanOrEqualTo(limit);
        assertThat(found.complete()).isTrue();
        assertThat(found.bound()).isLessThanOrEqualTo(period);
    }

    @Test
    void tellsTheLeastMemoryWhereNothingFits() {
        PlanTable found = search(joint(), request(2, 8, 10, List.of("gpipe", "1f1b"), 4, Recomputing.AT_BACKWARD));

        assertThat(found.best()).isEmpty();
        assertThat(found.lost()).allSatisfy(lost -> assertThat(lost.reason()).isInstanceOf(NoRoom.class));
        PlanTable again = search(
                joint(), request(2, 8, found.leastMemory(), List.of("gpipe", "1f1b"), 4, Recomputing.AT_BACKWARD));
        assertThat(again.best()).isNotEmpty();
        PlanTable tooLittle = search(
                joint(),
                request(2, 8, found.leastMemory() - 1e-6, List.of("gpipe", "1f1b"), 4, Recomputing.AT_BACKWARD));
        assertThat(tooLittle.best()).isEmpty();
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

    static IntStream seeds() {
        return IntStream.range(0, 60);
    }

    /** Every way to cut, simulated one by one, with any set of stages that recompute. */
    @ParameterizedTest
    @MethodSource("seeds")
    void asFastAsTheBestOfAll(int seed) {
        Random random = new Random(seed);
        int layers = 3 + random.nextInt(4);
        int ranks = 2 + random.nextInt(2);
        NetworkProfile profile =
                Networks.random(random, layers).onRanks(random.nextBoolean() ? List.of() : List.of(1.0, 0.5, 2.0));
        double limit = random.nextInt(3) == 0 ? NO_LIMIT : 20 + random.nextInt(120);
        List<String> names = List.of("gpipe", "1f1b", "zb-h1");
        double best = Double.POSITIVE_INFINITY;
        for (String name : names) {
            for (int m : new int[] {1, 2, 4}) {
                best = Math.min(best, bestOfAll(profile, name, ranks, m, 4 / m, limit, false));
            }
        }

        PlanTable found = search(profile, request(ranks, 4, limit, names, layers, Recomputing.APART));

        double period =
                found.best().isEmpty() ? NO_LIMIT : found.best().getFirst().period();
        assertThat(period).as("seed %d, limit %s", seed, limit).isEqualTo(best);
    }

    /** The same where any set of layers may recompute. */
    @ParameterizedTest
    @MethodSource("seeds")
    void asFastAsTheBestOfAllSetsOfLayers(int seed) {
        Random random = new Random(seed);
        int layers = 3 + random.nextInt(3);
        NetworkProfile profile = Networks.random(random, layers);
        double limit = 20 + random.nextInt(80);
        List<String> names = List.of("gpipe", "1f1b", "zb-h1");
        double best = Double.POSITIVE_INFINITY;
        for (String name : names) {
            for (int m : new int[] {2, 4}) {
                best = Math.min(best, bestOfAll(profile, name, 2, m, 4 / m, limit, true));
            }
        }

        PlanTable found = search(
                profile,
                new PlanRequest(
                        2,
                        List.of(1),
                        4,
                        limit,
                        names,
                        PlanRequest.anywhere(layers),
                        Recomputing.APART,
                        true,
                        false,
                        1,
                        10));

        double period = found.best().stream()
                .filter(plan -> plan.microBatches() > 1)
                .mapToDouble(Plan::period)
                .min()
                .orElse(NO_LIMIT);
        assertThat(period).as("seed %d, limit %s", seed, limit).isCloseTo(best, within(1e-9));
    }

    private static double bestOfAll(
            NetworkProfile profile,
            String name,
            int ranks,
            int microBatches,
            int samples,
            double limit,
            boolean byLayer) {
        int layers = profile.layers().size();
        LayerSums sums = new LayerSums(profile, samples);
        Schedule schedule = new Flushed(Schedules.generate(name, new PipelineShape(ranks, 1, microBatches))).schedule();
        Set<Integer> holding = Recomputation.worthwhile(
                schedule, IntStream.range(0, ranks).boxed().toList());
        double[] best = {Double.POSITIVE_INFINITY};
        Networks.eachCut(layers, ranks, starts -> {
            for (int bits = 0; bits < 1 << (byLayer ? layers : ranks); bits++) {
                Set<Integer> recomputed = new TreeSet<>();
                List<StageCost> stages = new ArrayList<>();
                double[] steps = new double[ranks];
                double[] constant = new double[ranks];
                for (int stage = 0; stage < ranks; stage++) {
                    int end = Networks.end(starts, stage, layers);
                    double speed = profile.speed(stage);
                    SortedSet<Integer> again = new TreeSet<>();
                    for (int layer = starts[stage]; layer < end; layer++) {
                        if ((bits >> (byLayer ? layer : stage) & 1) == 1 && holding.contains(stage)) {
                            again.add(layer);
                        }
                    }
                    stages.add(
                            again.isEmpty()
                                    ? sums.stage(starts[stage], end, speed)
                                    : sums.recomputing(starts[stage], end, speed, true, again));
                    steps[stage] = sums.step(starts[stage], end) / speed;
                    constant[stage] = sums.constant(starts[stage], end, 1).total();
                    if (!again.isEmpty()) {
                        recomputed.add(stage);
                    }
                }
                Costs costs = new Costs(stages, Link.FREE, Map.of());
                Schedule whole = Recomputation.of(schedule, recomputed);
                double[] held = Simulator.simulate(whole, costs).peakMemory();
                if (IntStream.range(0, ranks).allMatch(rank -> held[rank] + constant[rank] <= limit)) {
                    best[0] = Math.min(best[0], Simulator.period(whole, costs, SimulationOptions.PLAIN, steps));
                }
            }
        });
        return best[0];
    }

    @Test
    void theCutFollowsASlowRank() {
        LayerProfile[] layers = new LayerProfile[12];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = Networks.layer("layer", 1, 1, 1, 1, 1, 1);
        }
        NetworkProfile profile = Networks.of(0, 0, layers).onRanks(List.of(1.0, 0.5));

        Plan best = search(profile, request(2, 8, NO_LIMIT, List.of("1f1b"), 12, Recomputing.NEVER))
                .best()
                .getFirst();

        assertThat(best.starts()).containsExactly(0, 8);
    }

    @Test
    void cutsOnlyWhereItMay() {
        PlanRequest request = new PlanRequest(
                2, 8, NO_LIMIT, List.of("1f1b"), new TreeSet<>(Set.of(1, 3)), Recomputing.NEVER, false, 1, 5);

        assertThat(search(joint(), request).best())
                .allSatisfy(plan -> assertThat(plan.starts().get(1)).isIn(1, 3));
    }

    @Test
    void noMicroBatchesSmallerThanThoseThatAreKnown() {
        PlanRequest request = new PlanRequest(
                2, 8, NO_LIMIT, List.of("1f1b"), PlanRequest.anywhere(4), Recomputing.NEVER, false, 4, 5);

        assertThat(search(joint(), request).best())
                .extracting(plan -> plan.shape().microBatches())
                .containsOnly(1, 2);
    }

    @Test
    void anOrderWithTwoNamesIsToldOnce() {
        PlanTable found = search(joint(), request(2, 8, NO_LIMIT, List.of("gpipe", "1f1b"), 4, Recomputing.NEVER));

        assertThat(found.best().stream()
                        .filter(plan -> plan.shape().microBatches() == 1)
                        .count())
                .isEqualTo(1);
        assertThat(found.lost()).anySatisfy(lost -> assertThat(lost.reason()).isInstanceOf(SameAs.class));
    }

    @Test
    void allSchedulesOfALongLine() {
        NetworkProfile profile = Networks.random(new Random(7), 16);
        List<String> all = Schedules.all().stream().map(Generator::name).toList();

        PlanTable found = search(profile, request(4, 16, NO_LIMIT, all, 16, Recomputing.APART));

        assertThat(found.best()).hasSize(10).isSortedAccordingTo(Plan.BEST_FIRST);
        assertThat(found.best().getFirst().period()).isGreaterThanOrEqualTo(found.bound());
        for (Plan plan : found.best()) {
            assertThat(plan.bound()).isLessThanOrEqualTo(plan.period() * (1 + 1e-12));
            assertThat(plan.bubble()).isBetween(0.0, 1.0);
        }
    }

    @Test
    void whatWasFoundSoFarWhenItIsEnough() {
        NetworkProfile profile = Networks.random(new Random(7), 16);
        int[] asked = {0};

        PlanTable found = Planner.search(
                profile,
                request(4, 16, NO_LIMIT, List.of("gpipe", "1f1b", "zb-h1"), 16, Recomputing.APART),
                () -> ++asked[0] > 3);

        assertThat(found.best()).isNotEmpty();
        assertThat(found.complete()).isFalse();
    }

    @Test
    void refusesMoreRanksThanStages() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> search(joint(), request(5, 8, NO_LIMIT, List.of("1f1b"), 4, Recomputing.NEVER)))
                .withMessage("ranks: 5 (expected: at most 4, the stages that the network can be cut into)");
    }

    @Test
    void messagesTakeTime() {
        NetworkProfile free = joint();
        NetworkProfile slow = new NetworkProfile(
                free.layers(), new Link(3, 1), Map.of(), List.of(), free.actionOverhead(), free.optimizerCopies());
        PlanRequest request = request(2, 8, NO_LIMIT, List.of("1f1b"), 4, Recomputing.NEVER);

        assertThat(search(slow, request).best().getFirst().period())
                .isGreaterThan(search(free, request).best().getFirst().period() + 2 * 3);
        assertThat(search(free, request).gap())
                .isCloseTo(1 - search(free, request).bound() / 96, within(1e-12));
    }

    private static PlanTable search(NetworkProfile profile, PlanRequest request) {
        return Planner.search(profile, request, () -> false);
    }

    private static PlanRequest request(
            int ranks, int batch, double limit, List<String> names, int layers, Recomputing recomputing) {
        return new PlanRequest(ranks, batch, limit, names, PlanRequest.anywhere(layers), recomputing, false, 1, 10);
    }
}
