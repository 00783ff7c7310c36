package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulesTest {
    @Test
    void knownNamesHaveADescription() {
        assertThat(Schedules.all()).extracting(Generator::name).startsWith("gpipe", "1f1b");
        assertThat(Schedules.all()).extracting(Generator::description).allMatch(text -> !text.isBlank());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1F1B", "zb-h9", ""})
    void anUnknownNameListsTheKnownOnes(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate(name, 4, 8))
                .withMessageStartingWith("schedule: " + name + " (expected: one of gpipe, 1f1b")
                .withMessageEndingWith("or a file that ends in .csv)");
    }

    @ParameterizedTest
    @CsvSource({"1f1b, 1", "zb-v, 2", "no-such, ", "async-1f1b, "})
    void usualChunksOfANameThatMayBeUnknown(String name, @Nullable Integer chunks) {
        assertThat(Schedules.usualChunks(name).stream().boxed().findFirst()).isEqualTo(Optional.ofNullable(chunks));
    }

    @ParameterizedTest
    @CsvSource({"0, 8", "4, 0", "-1, 1"})
    void numbersBelowOneAreRefused(int ranks, int microBatches) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("1f1b", ranks, microBatches))
                .withMessage("ranks: " + ranks + ", chunks: 1, micro-batches: " + microBatches
                        + " (expected: 1 or more of each)");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyScheduleIsValidForAllNumbers(long seed) {
        Random random = new Random(seed);
        int anyRanks = 1 + random.nextInt(12);
        int anyNumber = 1 + random.nextInt(24);
        int wholeGroups = 2 + random.nextInt(3);
        for (Generator generator : Schedules.all()) {
            boolean choosy = generator.name().startsWith("interleaved")
                    || generator.name().equals("dualpipe-v");
            boolean paired = generator.replicas() > 1;
            int ranks = paired ? anyRanks + anyRanks % 2 : anyRanks;
            int microBatches = choosy || paired ? ranks * wholeGroups : anyNumber;
            Schedule schedule = Schedules.generate(generator.name(), ranks, microBatches);
            String where = "seed " + seed + ": " + generator.name() + ", " + ranks + " x " + microBatches;

            assertThat(schedule.name()).isEqualTo(generator.name());
            assertThat(schedule.microBatches()).as(where).isEqualTo(microBatches);
            assertThat(schedule.ranks()).as(where).isEqualTo(ranks);
            assertThat(schedule.stages()).as(where).isEqualTo(ranks * generator.defaultChunks());
            assertThat(schedule.placement().replicas()).as(where).hasSize(generator.replicas());
        }
    }

    @Test
    void microBatchesThatDoNotFitAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("interleaved-1f1b", 4, 9))
                .withMessage("interleaved-1f1b: micro-batches: 9 with 4 ranks (expected: a multiple of 2, the groups of"
                        + " at least 4 that 9 make); take 8 or 10");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("dualpipe-v", 4, 7))
                .withMessage("dualpipe-v: micro-batches: 7 with 4 ranks (expected: at least 8, two a rank)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("zb-v", new PipelineShape(4, 3, 8)))
                .withMessageStartingWith("zb-v: chunks: 3 (expected: 2");
    }

    @Test
    void twoReplicasNeedEvenNumbers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("chimera", 3, 6))
                .withMessage("chimera: ranks: 3 (expected: an even number, the line runs both ways); take 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("chimera", 4, 6))
                .withMessage(
                        "chimera: micro-batches: 6 (expected: a multiple of 4, the ranks; half of them go each way);"
                                + " take 8");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("dualpipe", 3, 6))
                .withMessage("dualpipe: ranks: 3 (expected: an even number, the line runs both ways); take 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("dualpipe", 4, 9))
                .withMessage(
                        "dualpipe: micro-batches: 9 with 4 ranks (expected: an even number, at least 8, two a rank);"
                                + " take 10");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedules.generate("dualpipe", 4, 6))
                .withMessage(
                        "dualpipe: micro-batches: 6 with 4 ranks (expected: an even number, at least 8, two a rank);"
                                + " take 8");
    }

    @Test
    void aMicroBatchStaysWithinItsReplica() {
        Schedule schedule = Schedules.generate("chimera", 4, 8);

        Placement placement = schedule.placement();

        assertThat(placement.microBatchesOfReplicas()).isEqualTo(List.of(List.of(0, 2, 4, 6), List.of(1, 3, 5, 7)));
        assertThat(placement.ranksOf(1)).containsExactly(1, 2);
        assertThat(placement.replicas().getFirst().ranks().get(1)).isEqualTo(1);
        assertThat(schedule.rankOf(1, 4)).isEqualTo(1);
        assertThat(schedule.rankOf(1, 5)).isEqualTo(2);
        assertThat(placement.chunks()).isEqualTo(1);
        assertThat(schedule.peakInFlight(0)).isEqualTo(2);
    }

    @Test
    void aStageBeyondTheLineIsRefused() {
        Schedule schedule = Schedules.generate("gpipe", 2, 1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> schedule.placement().ranksOf(2))
                .withMessage("stage: 2 (expected: 0 to 1)");
    }

    @Test
    void aScheduleDoesNotChangeWithTheListsItWasMadeFrom() {
        List<Action> actions = new ArrayList<>(List.of(Action.forward(0, 0), Action.backward(0, 0)));
        Schedule schedule = new Schedule("own", Placement.of(List.of(List.of(0)), 1), List.of(actions));

        actions.clear();

        assertThat(Grid.of(schedule)).isEqualTo("rank 0: 0F0 0B0");
    }
}
