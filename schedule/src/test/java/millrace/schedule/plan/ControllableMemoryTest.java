package millrace.schedule.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import millrace.schedule.Costs;
import millrace.schedule.Grid;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControllableMemoryTest {
    private static final List<String> NAMES = List.of("v-half", "v-min");

    private static String orders(String name, int ranks, int microBatches) {
        return Grid.of(Schedules.generate(name, ranks, microBatches)).replace(System.lineSeparator(), "\n") + "\n";
    }

    /** F, I and W of a rank's whole share take 1 each, and a micro-batch of it holds 1. */
    private static Timing timing(String name, int ranks, int microBatches) {
        PipelineShape shape = new PipelineShape(ranks, 2, microBatches);
        return Timing.of(Schedules.generate(name, shape), Costs.uniform(shape, 1, 1, 1, 0, 1));
    }

    private static double peak(Timing timing, int ranks) {
        double peak = 0;
        for (int rank = 0; rank < ranks; rank++) {
            peak = Math.max(peak, timing.peak(rank));
        }
        return peak;
    }

    private static int mostMicroBatches(String name, int ranks) {
        return name.equals("v-half") ? (ranks + 2) / 2 : (ranks + 4) / 3;
    }

    @Test
    void halfOfTheMemory() {
        assertThat(orders("v-half", 4, 8)).isEqualTo("""
            rank 0: 0F0 0F1 0F2 0F3 0F4 7F0 7I0 7W0 7F1 7I1 7W1 7F2 0I0 7I2 7W2 7F3 0W0 0F5 0I1 7I3 7W3 7F4 0W1 0F6 0I2 7I4 7W4 7F5 0W2 0F7 0I3 7I5 7W5 7F6 7I6 7W6 0I4 0W3 0W4 7F7 7I7 0I5 7W7 0I6 0W5 0W6 0I7 0W7
            rank 1: 1F0 1F1 1F2 1F3 6F0 6F1 6I0 6W0 6F2 6I1 6W1 1I0 1W0 1F4 6F3 6I2 6W2 1I1 1W1 1F5 6F4 6I3 6W3 1I2 1W2 1F6 6F5 6I4 6W4 1I3 1F7 1W3 6F6 6I5 6W5 1I4 6I6 6W6 6F7 1W4 1I5 6I7 1I6 6W7 1W5 1W6 1I7 1W7
            rank 2: 2F0 2F1 2F2 5F0 5F1 5F2 5I0 5W0 2F3 5I1 2I0 5W1 2W0 5F3 2F4 2I1 5I2 5W2 5F4 2W1 2F5 2I2 5I3 5W3 5F5 2W2 2F6 2I3 5I4 5W4 5F6 2W3 2F7 2I4 5I5 5W5 5F7 5I6 2I5 5W6 2I6 5I7 5W7 2W4 2I7 2W5 2W6 2W7
            rank 3: 3F0 4F0 3F1 4F1 3F2 4F2 4I0 4W0 3I0 3W0 3F3 4F3 4I1 4W1 3I1 3W1 3F4 4F4 4I2 4W2 3I2 3W2 3F5 4F5 4I3 4W3 3I3 3F6 3W3 4F6 4I4 3I4 4W4 3F7 3W4 4F7 4I5 3I5 4I6 3I6 4W5 4W6 4I7 3I7 4W7 3W5 3W6 3W7
            """);
    }

    @Test
    void aThirdOfTheMemory() {
        assertThat(orders("v-min", 4, 8)).isEqualTo("""
            rank 0: 0F0 0F1 0F2 7F0 7I0 7W0 7F1 7I1 7W1 0I0 0W0 0F3 7F2 7I2 0I1 7W2 0W1 0F4 7F3 7I3 0I2 7W3 0W2 0F5 7F4 7I4 0I3 7W4 0W3 0F6 7F5 7I5 0I4 7W5 0W4 0F7 7F6 7I6 0I5 7W6 0W5 7F7 7I7 0I6 7W7 0W6 0I7 0W7
            rank 1: 1F0 1F1 6F0 6F1 6I0 6W0 1F2 1I0 6I1 6W1 1W0 6F2 1F3 1I1 6I2 6W2 1W1 6F3 1F4 1I2 6I3 6W3 1W2 6F4 1F5 1I3 6I4 6W4 1W3 6F5 1F6 1I4 6I5 6W5 1W4 6F6 1F7 1I5 6I6 6W6 1W5 6F7 1I6 6I7 6W7 1W6 1I7 1W7
            rank 2: 2F0 2F1 5F0 5F1 5I0 5W0 2F2 2I0 2W0 5I1 5F2 5W1 2I1 2F3 2W1 5I2 5F3 5W2 2I2 2F4 2W2 5I3 5F4 5W3 2I3 2F5 2W3 5I4 5F5 5W4 2I4 2F6 2W4 5I5 5F6 5W5 2I5 2F7 2W5 5I6 5F7 5W6 2I6 2W6 5I7 5W7 2I7 2W7
            rank 3: 3F0 4F0 3F1 4F1 4I0 3I0 4W0 3W0 3F2 4F2 4I1 3I1 4W1 3W1 3F3 4F3 4I2 3I2 4W2 3W2 3F4 4F4 4I3 3I3 4W3 3W3 3F5 4F5 4I4 3I4 4W4 3W4 3F6 4F6 4I5 3I5 4W5 3W5 3F7 4F7 4I6 3I6 4W6 3W6 4I7 3I7 4W7 3W7
            """);
    }

    @ParameterizedTest
    @CsvSource({
        "2, 0.5, 1.5",
        "3, 2.5, 2.5",
        "4, 2.5, 5.5",
        "5, 5.5, 7.5",
        "6, 5.5, 8.5",
        "7, 8.5, 11.5",
        "8, 8.5, 13.5"
    })
    void bubblesAreAsLongAsMeasuredWithThePapersProgram(int ranks, double half, double min) {
        for (int microBatches : new int[] {2 * ranks, 2 * ranks + 1, 5 * ranks}) {
            double work = 3.0 * microBatches;

            assertThat(timing("v-half", ranks, microBatches).makespan() - work).isCloseTo(half, within(1e-9));
            assertThat(timing("v-min", ranks, microBatches).makespan() - work).isCloseTo(min, within(1e-9));
        }
    }

    @Test
    void memoryIsAsThePaperSays() {
        for (String name : NAMES) {
            for (int ranks = 1; ranks <= 24; ranks++) {
                assertThat(peak(timing(name, ranks, 3 * ranks), ranks))
                        .as(name + ", " + ranks + " ranks")
                        .isEqualTo(mostMicroBatches(name, ranks));
            }
        }
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 60);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anyNumbersGiveAValidScheduleWithinTheMemory(long seed) {
        Random random = new Random(seed);
        int ranks = 1 + random.nextInt(14);
        int microBatches = 1 + random.nextInt(40);
        for (String name : NAMES) {
            String where = "seed " + seed + ": " + name + ", " + ranks + " x " + microBatches;

            assertThat(peak(timing(name, ranks, microBatches), ranks))
                    .as(where)
                    .isLessThanOrEqualTo(mostMicroBatches(name, ranks));
        }
    }

    @Test
    void fewerMicroBatchesThanRanksWillDo() {
        assertThat(orders("v-half", 3, 1)).isEqualTo("""
            rank 0: 0F0 5F0 5I0 5W0 0I0 0W0
            rank 1: 1F0 4F0 4I0 4W0 1I0 1W0
            rank 2: 2F0 3F0 3I0 3W0 2I0 2W0
            """);
        assertThat(orders("v-min", 1, 2)).isEqualTo("""
            rank 0: 0F0 1F0 1I0 0I0 1W0 0W0 0F1 1F1 1I1 0I1 1W1 0W1
            """);
    }

    @Test
    void theOrderIsTheSameForAllCosts() {
        PipelineShape shape = new PipelineShape(4, 2, 9);
        for (String name : NAMES) {
            Schedule unequal = Schedules.generate(name, shape, Costs.uniform(shape, 3, 1, 7, 2, 0.5));

            assertThat(unequal).isEqualTo(Schedules.generate(name, shape));
        }
    }

    @Test
    void largeSchedulesAreMadeToo() {
        for (String name : NAMES) {
            assertThat(peak(timing(name, 16, 128), 16)).as(name).isEqualTo(mostMicroBatches(name, 16));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void otherThanTwoStagesARankAreRefused(int chunks) {
        for (String name : NAMES) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Schedules.generate(name, new PipelineShape(3, chunks, 4)))
                    .withMessageStartingWith(name + ": chunks: " + chunks + " (expected: 2");
        }
    }

    @Test
    void aBlockThatNeedsASlotTwiceIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ControllableMemory.schedule(
                        "own", new PipelineShape(1, 2, 2), (_, _) -> new int[] {0, 1, 2, 6}))
                .withMessage(
                        "building block of rank 0 of 1: slots [0, 1, 2, 6]" + " (expected: four that differ modulo 6)");
    }
}
