package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownSchedulesTest {
    private static String orders(String name, int ranks, int microBatches) {
        return Grid.of(Schedules.generate(name, ranks, microBatches)).replace(System.lineSeparator(), "\n") + "\n";
    }

    private static String overTime(String name, int ranks, int microBatches) {
        return Timetable.of(Schedules.generate(name, ranks, microBatches));
    }

    @Test
    void bubblesOfGpipeLieBetweenItsForwardsAndBackwards() {
        assertThat(overTime("gpipe", 3, 4)).isEqualTo("""
            rank 0: F0 F1 F2 F3                   B0 B0 B1 B1 B2 B2 B3 B3
            rank 1:    F0 F1 F2 F3          B0 B0 B1 B1 B2 B2 B3 B3
            rank 2:       F0 F1 F2 F3 B0 B0 B1 B1 B2 B2 B3 B3
            """);
    }

    @Test
    void bubblesOfOneForwardOneBackwardAreAsLong() {
        assertThat(overTime("1f1b", 3, 4)).isEqualTo("""
            rank 0: F0 F1 F2             B0 B0 F3 B1 B1    B2 B2    B3 B3
            rank 1:    F0 F1       B0 B0 F2 B1 B1 F3 B2 B2    B3 B3
            rank 2:       F0 B0 B0 F1 B1 B1 F2 B2 B2 F3 B3 B3
            """);
    }

    @Test
    void fewerMicroBatchesThanRanksShortenTheWarmUp() {
        assertThat(orders("1f1b", 4, 2)).isEqualTo("""
            rank 0: 0F0 0F1 0B0 0B1
            rank 1: 1F0 1F1 1B0 1B1
            rank 2: 2F0 2F1 2B0 2B1
            rank 3: 3F0 3B0 3F1 3B1
            """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpipe", "1f1b"})
    void oneMicroBatchGoesThereAndBack(String name) {
        assertThat(overTime(name, 3, 1)).isEqualTo("""
            rank 0: F0                   B0 B0
            rank 1:    F0          B0 B0
            rank 2:       F0 B0 B0
            """);
    }

    @Test
    void oneRankNeverWaits() {
        assertThat(orders("gpipe", 1, 3)).isEqualTo("rank 0: 0F0 0F1 0F2 0B0 0B1 0B2\n");
        assertThat(orders("1f1b", 1, 3)).isEqualTo("rank 0: 0F0 0B0 0F1 0B1 0F2 0B2\n");
    }

    @Test
    void numbersOfTwoDigitsKeepTheColumnsStraight() {
        assertThat(orders("gpipe", 11, 1)).contains("""
            rank  8: 8F0  8B0
            rank  9: 9F0  9B0
            rank 10: 10F0 10B0
            """);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void microBatchesInFlightAreAsTheClosedFormsSay(long seed) {
        Random random = new Random(seed);
        int ranks = 1 + random.nextInt(12);
        int microBatches = 1 + random.nextInt(20);
        Schedule gpipe = Schedules.generate("gpipe", ranks, microBatches);
        Schedule alternating = Schedules.generate("1f1b", ranks, microBatches);

        for (int rank = 0; rank < ranks; rank++) {
            String where = "seed " + seed + ", rank " + rank + " of " + ranks + ", micro-batches " + microBatches;
            assertThat(gpipe.peakInFlight(rank)).as(where).isEqualTo(microBatches);
            assertThat(alternating.peakInFlight(rank)).as(where).isEqualTo(Math.min(microBatches, ranks - rank));
        }
    }

    @Test
    void aSplitBackwardHoldsItsMicroBatchUntilTheWeightsAreDone() {
        assertThat(Timetable.written(2, "0F0 0I0 0F1 0I1 0W0 0W1").peakInFlight(0))
                .isEqualTo(2);
        assertThat(Timetable.written(2, "0F0 0I0 0W0 0F1 0I1 0W1").peakInFlight(0))
                .isEqualTo(1);
    }
}
