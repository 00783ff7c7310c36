package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import millrace.schedule.Action.Kind;
import millrace.schedule.simulate.Simulation;
import millrace.schedule.simulate.Simulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecomputationTest {
    private static List<Integer> all(Schedule schedule) {
        return IntStream.range(0, schedule.stages()).boxed().toList();
    }

    private static double makespan(Schedule schedule, Costs costs) {
        return Simulator.simulate(schedule, costs).makespan();
    }

    /** F = R = 1, B = 2, by an independent program; a backward that waits for its own second forward takes 44, 60 and 76. */
    @ParameterizedTest
    @CsvSource({
        "1f1b, 4, 8, 0, 33, 41, 39",
        "1f1b, 4, 8, 1, 49, 52, 50",
        "1f1b, 4, 16, 0, 57, 73, 71",
        "gpipe, 4, 8, 0, 33, 41, 41"
    })
    void secondForwardsFillWaits(
            String name,
            int ranks,
            int microBatches,
            double hop,
            double without,
            double everywhere,
            double worthwhile) {
        PipelineShape shape = new PipelineShape(ranks, 1, microBatches);
        Costs costs = Costs.uniform(shape, 1, 1, 1, hop, 1);
        Schedule schedule = Schedules.generate(name, shape, costs);

        Schedule twice = Validator.checked(Recomputation.of(schedule, all(schedule)));
        Schedule some = Recomputation.of(schedule, Recomputation.worthwhile(schedule, all(schedule)));

        assertThat(makespan(schedule, costs)).isEqualTo(without);
        assertThat(makespan(twice, costs)).isEqualTo(everywhere);
        assertThat(makespan(some, costs)).isEqualTo(worthwhile);
        assertThat(Recomputation.of(twice, all(schedule))).isSameAs(twice);
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 20);
    }

    /** (m+p-1)(F+R+B) - (p-1)R: each rank but one has its first second forward while it waits. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void makespanOfEqualRanks(long seed) {
        Random random = new Random(seed);
        int p = 2 + random.nextInt(6);
        int m = p + random.nextInt(2 * p);
        double f = 0.5 + random.nextDouble();
        double b = 2 * f;
        PipelineShape shape = new PipelineShape(p, 1, m);
        Costs costs = Costs.uniform(shape, f, b / 2, b / 2, 0, 1);
        Schedule schedule = Schedules.generate("1f1b", shape, costs);

        double expected = (m + p - 1) * (f + f + b) - (p - 1) * f;

        assertThat(makespan(Recomputation.of(schedule, all(schedule)), costs))
                .as("seed %d: %s", seed, shape)
                .isCloseTo(expected, within(1e-9 * expected));
    }

    @Test
    void everyScheduleHasOneRightBeforeEachBackward() {
        for (Generator generator : Schedules.all()) {
            Schedule schedule = Schedules.generate(generator.name(), 4, 8);

            Schedule twice = Validator.checked(Recomputation.of(schedule, all(schedule)));

            assertThat(twice.recomputed()).as(generator.name()).containsExactlyElementsOf(all(schedule));
            for (int rank = 0; rank < twice.ranks(); rank++) {
                List<Action> without = twice.actions(rank).stream()
                        .filter(action -> action.kind() != Kind.R)
                        .toList();
                assertThat(without).as(generator.name()).isEqualTo(schedule.actions(rank));
                assertEachRightBeforeItsBackward(twice.order().get(rank), generator.name());
            }
            Validator.checked(AscendingGradients.of(twice));
        }
    }

    private static void assertEachRightBeforeItsBackward(List<? extends Cell> row, String where) {
        for (int at = 0; at < row.size(); at++) {
            if (row.get(at) instanceof Action again && again.kind() == Kind.R) {
                assertThat(row.get(at + 1).actions())
                        .as("%s, %s", where, again)
                        .anyMatch(action -> (action.kind() == Kind.B || action.kind() == Kind.I)
                                && action.stage() == again.stage()
                                && action.microBatch() == again.microBatch());
            }
        }
    }

    /** The inputs of all that is under way, and the activations of what is between R and its backward. */
    @Test
    void oneMicroBatchMoreThanItsInputsIsHeld() {
        PipelineShape shape = new PipelineShape(4, 1, 8);
        Costs unit = Costs.unit(shape);
        Costs costs = new Costs(
                unit.stages().stream()
                        .map(stage -> stage.holdingOfInputs(0.125))
                        .toList(),
                unit.link(),
                unit.links());
        Schedule schedule = Schedules.generate("gpipe", shape, costs);

        Simulation simulation = Simulator.simulate(Recomputation.of(schedule, List.of(0, 1)), costs);

        assertThat(simulation.peakMemory()).containsExactly(1 + 7 * 0.125, 1 + 7 * 0.125, 8, 8);
        assertThat(simulation.peakActivations()).containsExactly(8, 8, 8, 8);
    }

    /** Where a backward follows its forward at once, the stage holds nothing that a second forward could save. */
    @Test
    void theLastStageOfAnAlternatingScheduleIsExempt() {
        Schedule alternating = Schedules.generate("1f1b", 3, 4);
        Schedule gpipe = Schedules.generate("gpipe", 3, 4);

        assertThat(Recomputation.worthwhile(alternating, all(alternating))).containsExactly(0, 1);
        assertThat(Recomputation.worthwhile(alternating, List.of(1, 2))).containsExactly(1);
        assertThat(Recomputation.worthwhile(gpipe, all(gpipe))).containsExactly(0, 1, 2);
    }

    @Test
    void anOwnOrderHasItForAllMicroBatchesOrNone() {
        Schedule own = ScheduleCsv.read("own", "0F0,0F1,0R0,0B0,0R1,0B1");
        assertThat(Validator.checked(own).recomputed()).containsExactly(0);
        assertThat(Recomputation.of(own, List.of(0))).isSameAs(own);
        Schedule paired = Validator.checked(ScheduleCsv.read("own", "0F0,(0F1;0R0),(0B0;0R1),0B1"));
        assertThat(paired.recomputed()).containsExactly(0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Validator.checked(ScheduleCsv.read("own", "0F0,0F1,0R0,0B0,0B1")))
                .withMessageContaining("0F1 has no R (expected: one 0R1 before its backward");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Validator.checked(ScheduleCsv.read("own", "0F0,0B0,0R0")))
                .withMessageContaining("0R0 (expected: before the backward, which reads what it makes)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Validator.checked(ScheduleCsv.read("own", "0R0,0F0,0B0")))
                .withMessageContaining("0R0 (expected: after 0F0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Recomputation.of(own, List.of(1)))
                .withMessageContaining("stage: 1 (expected: 0 to 0)");
    }
}
