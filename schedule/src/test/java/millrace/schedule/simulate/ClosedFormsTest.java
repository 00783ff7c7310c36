package millrace.schedule.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.timeline.Timeline.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulator against the literature's formulas, on random ranks, micro-batches and costs. */
class ClosedFormsTest {
    private static final double NEAR = 1e-9;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 40);
    }

    /** Random numbers of one seed: p, m a multiple of p (at least 2p), F and I of at least W. */
    private record Case(String where, int p, int m, double f, double i, double w) {
        static Case of(long seed) {
            Random random = new Random(seed);
            int p = 2 + random.nextInt(7);
            int m = p * (2 + random.nextInt(4));
            double w = 0.5 + random.nextDouble();
            double f = w * (1 + random.nextDouble());
            double i = w * (1 + random.nextDouble());
            return new Case(
                    "seed " + seed + ": p " + p + ", m " + m + ", F " + f + ", I " + i + ", W " + w, p, m, f, i, w);
        }

        Simulation simulate(String schedule, int chunks, double latency) {
            return simulate(schedule, chunks, f, i, w, latency);
        }

        Simulation simulate(String schedule, int chunks, double forward, double input, double weight, double latency) {
            PipelineShape shape = new PipelineShape(p, chunks, m);
            Costs costs = Costs.uniform(shape, forward, input, weight, latency, 1);
            return Simulator.simulate(Schedules.generate(schedule, shape, costs), costs);
        }

        double work() {
            return m * (f + i + w);
        }

        double idle(String schedule, int chunks, double latency) {
            return simulate(schedule, chunks, latency).makespan() - work();
        }

        double idleOfSpan(String schedule, int chunks, double latency) {
            double rate = simulate(schedule, chunks, latency).bubbleOfRankSpan();
            return work() / (1 - rate) - work();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void bubblesOfUnsplitSchedules(long seed) {
        Case c = Case.of(seed);
        double bubble = (c.p - 1) * (c.f + c.i + c.w);
        assertThat(c.idle("gpipe", 1, 0)).as(c.where).isCloseTo(bubble, within(NEAR * c.work()));
        assertThat(c.idle("1f1b", 1, 0)).as(c.where).isCloseTo(bubble, within(NEAR * c.work()));
        assertThat(c.idle("eager-1f1b", 1, 0)).as(c.where).isCloseTo(bubble, within(NEAR * c.work()));
        for (int v = 1; v <= 4; v++) {
            String where = c.where + ", v " + v;
            assertThat(c.idle("interleaved-1f1b", v, 0)).as(where).isCloseTo(bubble / v, within(NEAR * c.work()));
            assertThat(c.idle("looped-bfs", v, 0)).as(where).isCloseTo(bubble / v, within(NEAR * c.work()));
        }
    }

    /** Where forward and backward are equal, units of p micro-batches close up, from 6 ranks on with a forward between. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void bubblesOfTwoReplicas(long seed) {
        Case any = Case.of(seed);
        int p = any.p + any.p % 2;
        Case equal = new Case(any.where, p, p * (any.m / any.p), any.f, any.f / 3, any.f - any.f / 3);
        int gaps = p < 6 ? 0 : equal.m / p - 1;
        assertThat(equal.idle("chimera", 1, 0))
                .as(any.where)
                .isCloseTo((p - 2 + gaps) * any.f, within(NEAR * equal.work()));
        Case twice = new Case(any.where, p, equal.m, any.f, any.f, any.f);
        double published = (p - 2) * (twice.m / p + 1) * any.f;
        if (p < 8) {
            assertThat(twice.idle("chimera", 1, 0)).as(any.where).isCloseTo(published, within(NEAR * twice.work()));
        }
        assertThat(twice.idle("chimera", 1, 0)).as(any.where).isLessThan(published + NEAR * twice.work());
        double[] peaks = twice.simulate("chimera", 1, 0).peakActivations();
        for (int rank = 0; rank < p; rank++) {
            assertThat(peaks[rank]).as(any.where).isCloseTo(p / 2 + 1 + Math.min(rank, p - 1 - rank), within(NEAR));
        }
    }

    /** Stages as uneven as they like: every rank has as much of each. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void twoReplicasAreBusyAlikeOnUnevenStages(long seed) {
        Random random = new Random(seed);
        PipelineShape shape = new PipelineShape(2 * (1 + random.nextInt(3)), 1, 12);
        List<Costs.StageCost> stages = Stream.generate(
                        () -> new Costs.StageCost(random.nextDouble(), random.nextDouble(), 0.5, 0.5, 1, 0, 0, 0))
                .limit(shape.ranks())
                .toList();
        Costs costs = new Costs(stages, Costs.Link.FREE, Map.of());
        double[] busy = Simulator.simulate(Schedules.generate("chimera", shape, costs), costs)
                .busy();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            assertThat(busy[rank]).as("seed %d", seed).isCloseTo(busy[shape.ranks() - 1 - rank], within(NEAR));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void bubblesOfSplitSchedules(long seed) {
        Case c = Case.of(seed);
        double h1 = (c.p - 1) * (c.f + c.i - c.w);
        assertThat(c.idle("zb-h1", 1, 0)).as(c.where).isCloseTo(h1, within(NEAR * c.work()));
        for (int v = 1; v <= 4; v++) {
            assertThat(c.idle("interleaved-zb", v, 0))
                    .as(c.where + ", v " + v)
                    .isCloseTo(h1 / v, within(NEAR * c.work()));
        }
        double h2 = (c.p - 1) * (c.f + c.i - 2 * c.w);
        assertThat(c.idleOfSpan("zb-h2", 1, 0)).as(c.where).isCloseTo(h2, within(NEAR * c.work()));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aVeeHasNoBubbleAtEqualCosts(long seed) {
        Case c = Case.of(seed);
        Simulation zbv = c.simulate("zb-v", 2, c.f, c.f, c.f, 0);
        assertThat(zbv.bubbleOfRankSpan()).as(c.where).isCloseTo(0, within(NEAR));
        double makespan = 3 * c.m * c.f + (c.p - 1) * c.f / 2;
        assertThat(zbv.makespan()).as(c.where).isCloseTo(makespan, within(NEAR * makespan));

        Simulation dual = c.simulate("dualpipe-v", 2, c.f, c.f, c.w, 0);
        double chunkF = c.f / 2;
        double chunkB = (c.f + c.w) / 2;
        double bubble = (c.p - 1) * (chunkF + chunkB + chunkB - 3 * c.w / 2);
        double expected = c.m * (2 * c.f + c.w) + bubble;
        assertThat(dual.makespan()).as(c.where).isCloseTo(expected, within(NEAR * expected));
    }

    /** Two lines in the space of one: as DualPipeV on half of the ranks, which it is where all take equally long. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void bubblesOfPairsInBothDirections(long seed) {
        Case any = Case.of(seed);
        int p = any.p + any.p % 2;
        int m = 2 * p + 2 * new Random(seed).nextInt(6);
        Case equal = new Case(any.where + ", p " + p + ", m " + m, p, m, any.w, any.w, any.w);
        Simulation dual = equal.simulate("dualpipe", 1, 0);
        // F&B = F + B = 3, so F&B + B - 3W = 2
        double expected = 3 * any.w * m + (p / 2 - 1) * 2 * any.w;
        assertThat(dual.makespan()).as(equal.where).isCloseTo(expected, within(NEAR * expected));
        for (double peak : dual.peakActivations()) {
            assertThat(peak).as(equal.where).isLessThanOrEqualTo(p + 1 + NEAR);
        }
    }

    /** By an independent program. */
    @Test
    void lengthsOfPairsInBothDirections() {
        double[] expected = {12, 26, 32};
        int[][] sizes = {{2, 4}, {4, 8}, {4, 10}};
        for (int i = 0; i < sizes.length; i++) {
            PipelineShape shape = new PipelineShape(sizes[i][0], 1, sizes[i][1]);
            assertThat(Simulator.simulate(Schedules.generate("dualpipe", shape, Costs.unit(shape)), Costs.unit(shape))
                            .makespan())
                    .isEqualTo(expected[i]);
        }
        assertDualpipe(new PipelineShape(4, 1, 8), 1, 1, 0.2, 27.8);
        // the formula would have 9.0 of bubble for what is not equally long
        assertDualpipe(new PipelineShape(8, 1, 20), 1.2, 1.4, 0, 20 * 3.6 + 8.4);
    }

    private static void assertDualpipe(PipelineShape shape, double forward, double input, double hop, double makespan) {
        Costs costs = Costs.uniform(shape, forward, input, 1, hop, 1);
        Schedule schedule = Schedules.generate("dualpipe", shape, costs);
        assertThat(Simulator.simulate(schedule, costs).makespan()).isCloseTo(makespan, within(NEAR * makespan));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void slowLinksCostWhatTheFormulasSay(long seed) {
        Case c = Case.of(seed);
        double hop = 0.01 * c.w;
        int p = c.p;
        double grows = 2 * (p - 1) * ((double) c.m / p) + 2 * (p - 2);
        String[] names = {"gpipe", "eager-1f1b", "looped-bfs", "zb-h1", "1f1b"};
        int[] chunks = {1, 1, 1, 1, 1};
        double[] hops = {2 * (p - 1), 2 * (p - 1), 2 * (p - 1), 4 * (p - 1), grows};
        for (int n = 0; n < names.length; n++) {
            double extra = c.idle(names[n], chunks[n], hop) - c.idle(names[n], chunks[n], 0);
            assertThat(extra / hop).as(names[n] + ", " + c.where).isCloseTo(hops[n], within(1e-6 * hops[n]));
        }
        double h2 = c.idleOfSpan("zb-h2", 1, hop) - c.idleOfSpan("zb-h2", 1, 0);
        assertThat(h2 / hop).as("zb-h2, " + c.where).isCloseTo(2 * (p - 1), within(1e-6 * p));
        for (int v = 2; v <= 4; v++) {
            double extra = c.idle("interleaved-1f1b", v, hop) - c.idle("interleaved-1f1b", v, 0);
            assertThat(extra / hop).as("v " + v + ", " + c.where).isCloseTo(2 * (p * v - 1), within(1e-6 * p * v));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void peaksAreThoseOfTheTable(long seed) {
        Case c = Case.of(seed);
        for (int r = 0; r < c.p; r++) {
            String where = c.where + ", rank " + r;
            assertThat(c.simulate("gpipe", 1, 0).peakActivations()[r]).as(where).isEqualTo(c.m);
            assertThat(c.simulate("1f1b", 1, 0).peakActivations()[r]).as(where).isEqualTo(Math.min(c.m, c.p - r));
            assertThat(c.simulate("eager-1f1b", 1, 0).peakActivations()[r])
                    .as(where)
                    .isEqualTo(Math.min(c.m, 2 * (c.p - r) - 1));
            for (int v = 2; v <= 4; v++) {
                assertThat(c.simulate("interleaved-1f1b", v, 0).peakActivations()[r])
                        .as(where + ", v " + v)
                        .isEqualTo((double) Math.min(c.m * v, (v - 1) * c.p + 2 * (c.p - 1 - r) + 1) / v);
                assertThat(c.simulate("interleaved-zb", v, 0).peakActivations()[r])
                        .as(where)
                        .isEqualTo(c.p);
                assertThat(c.simulate("looped-bfs", v, 0).peakActivations()[r])
                        .as(where)
                        .isEqualTo(c.m);
            }
            assertThat(c.simulate("zb-h1", 1, 0).peakActivations()[r]).as(where).isEqualTo(c.p);
            assertThat(c.simulate("zb-h2", 1, 0).peakActivations()[r]).as(where).isEqualTo(2 * c.p - 1);
            assertThat(c.simulate("zb-v", 2, 0).peakActivations()[r]).as(where).isEqualTo(c.p);
            assertThat(c.simulate("dualpipe-v", 2, 0).peakActivations()[r])
                    .as(where)
                    .isLessThanOrEqualTo(c.p + 0.5);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nothingIsFasterThanItsWorkOrItsCriticalMicroBatch(long seed) {
        Case c = Case.of(seed);
        for (var generator : Schedules.all()) {
            if (c.p % generator.replicas() != 0) {
                continue;
            }
            int v = generator.defaultChunks();
            Simulation simulation = c.simulate(generator.name(), v, 0);
            double oneMicroBatch = c.p * (c.f + c.i) + c.w / v;
            assertThat(simulation.makespan())
                    .as(generator.name() + ", " + c.where)
                    .isGreaterThanOrEqualTo(Math.max(c.work(), oneMicroBatch) * (1 - NEAR));
            for (double busy : simulation.busy()) {
                assertThat(busy).isCloseTo(c.work(), within(NEAR * c.work()));
            }
        }
    }

    /**
     * Copies side by side: the first stage is the last to be complete, and of the stages that a rank holds it is the last too,
     * so that only its own exchange comes after all backwards.
     */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void exchangesOfReplicasThatAreHiddenButForTheLast(long seed) {
        Case c = Case.of(seed);
        Random random = new Random(seed);
        int replicas = 2 + random.nextInt(3);
        for (int v = 1; v <= 3; v++) {
            PipelineShape shape = new PipelineShape(c.p, v, c.m);
            Costs costs = Costs.uniform(shape, c.f, c.i, c.w, 0, 1);
            Schedule line = Schedules.generate(v == 1 ? "1f1b" : "interleaved-1f1b", shape, costs);
            // one stage's is through before the next one's backwards are
            double cost = random.nextDouble() * (c.i + c.w);
            String where = c.where + ", v " + v + ", " + replicas + " replicas, exchange " + cost;
            SimulationOptions options = new SimulationOptions(false, 0, 0, 0, Double.POSITIVE_INFINITY, cost);

            Simulation copies = Simulator.simulate(Replication.of(line, replicas), costs, options);

            double alone = c.work() + (c.p - 1) * (c.f + c.i + c.w) / v;
            assertThat(copies.makespan()).as(where).isCloseTo(alone + cost / v, within(NEAR * c.work()));
            assertThat(copies.exchanges()).as(where).hasSize(replicas * v * c.p);
            assertThat(copies.timeline("", "").makespan()).as(where).isEqualTo(copies.makespan());
            assertThat(Simulator.simulate(line, costs, options).makespan())
                    .as(where)
                    .isCloseTo(alone, within(NEAR * c.work()));
        }
    }

    /** Exchanges so long that they are all that a rank does in the end: one after the other. */
    @Test
    void exchangesOfARankComeOneAfterTheOther() {
        PipelineShape shape = new PipelineShape(1, 2, 1);
        Costs costs = Costs.unit(shape);
        Schedule twice = Replication.of(Schedules.generate("interleaved-1f1b", shape, costs), 2);

        Simulation simulation =
                Simulator.simulate(twice, costs, new SimulationOptions(false, 1, 0, 0, Double.POSITIVE_INFINITY, 20));

        // F F B B of one unit and two each: stage 1 is complete at 4, stage 0 at 6, and each is exchanged in 10
        assertThat(simulation.exchanges())
                .extracting(Exchange::stage, Exchange::start, Exchange::end)
                .containsExactly(tuple(1, 4.0, 14.0), tuple(1, 4.0, 14.0), tuple(0, 14.0, 24.0), tuple(0, 14.0, 24.0));
        assertThat(simulation.makespan()).isEqualTo(25);
    }
}
