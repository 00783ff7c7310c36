package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SequencerTest {
    /** The middle of three stages, two micro-batches, one forward one backward. */
    private static Sequencer middle(long firstBatch) {
        return new Sequencer(Schedules.generate("1f1b", 3, 2), 1, firstBatch);
    }

    private static Action action(String text) {
        return Action.parse(text);
    }

    private static void assertWorks(Sequencer sequencer, String... actions) {
        for (String expected : actions) {
            assertThat(sequencer.next()).contains(action(expected));
        }
    }

    private static void assertWaits(Sequencer sequencer) {
        int position = sequencer.position();
        assertThat(sequencer.next()).isEmpty();
        assertThat(sequencer.position()).isEqualTo(position);
    }

    @Test
    void everyActionWaitsForItsArrival() {
        Sequencer sequencer = middle(0);

        assertWaits(sequencer);
        sequencer.arrived(0, action("1F0"));
        assertWorks(sequencer, "1F0");
        assertWaits(sequencer);
        sequencer.arrived(0, action("1I0"));
        assertWaits(sequencer);
        sequencer.arrived(0, action("1F1"));
        assertWorks(sequencer, "1F1", "1B0");
        assertWaits(sequencer);
        sequencer.arrived(0, action("1I1"));
        assertThat(sequencer.finished()).isFalse();
        assertWorks(sequencer, "1B1");
        assertThat(sequencer.finished()).isTrue();
        assertThat(sequencer.next()).isEmpty();
    }

    @Test
    void firstAndLastStageWaitOnlyForTheirNeighbour() {
        List<Sequencer> line = Sequencer.of(Timetable.written(1, "0F0 0I0 0W0", "1F0 1I0 1W0"));

        assertWorks(line.getFirst(), "0F0");
        assertWaits(line.getFirst());
        assertWaits(line.getLast());
        line.getLast().arrived(0, action("1F0"));
        assertWorks(line.getLast(), "1F0", "1I0", "1W0");
        line.getFirst().arrived(0, action("0I0"));
        assertWorks(line.getFirst(), "0I0", "0W0");
    }

    @Test
    void arrivalsOfTheNextBatchWaitForIt() {
        Sequencer sequencer = middle(7);
        sequencer.arrived(8, action("1F0"));

        assertWaits(sequencer);
        for (String arrival : List.of("1F0", "1F1", "1I0", "1I1")) {
            sequencer.arrived(7, action(arrival));
        }
        assertWorks(sequencer, "1F0", "1F1", "1B0", "1B1");
        sequencer.restart();
        assertThat(sequencer.batch()).isEqualTo(8);
        assertWorks(sequencer, "1F0");
        assertWaits(sequencer);
    }

    @Test
    void aSecondArrivalChangesNothingBeforeItsUseAndAfter() {
        Sequencer sequencer = middle(0);

        assertThat(sequencer.arrived(0, action("1F0"))).isTrue();
        assertThat(sequencer.arrived(0, action("1F0"))).isFalse();
        assertThat(sequencer.arrived(1, action("1F0"))).as("of the next batch").isTrue();
        assertWorks(sequencer, "1F0");
        assertThat(sequencer.arrived(0, action("1F0"))).isFalse();
        assertWaits(sequencer);
    }

    @Test
    void anArrivalOfABatchThatIsOverChangesNothing() {
        Sequencer sequencer = middle(3);

        assertThat(sequencer.arrived(2, action("1F0"))).isFalse();
        assertWaits(sequencer);
    }

    @Test
    void anArrivalThatNothingWaitsForIsRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> middle(0).arrived(0, action("1F2")))
                .withMessage("arrival for stage 1, micro-batch 2 (expected: a stage of [1], a micro-batch below 2)");
        assertThatIllegalStateException().isThrownBy(() -> middle(0).arrived(0, action("2F0")));
    }

    @Test
    void whatIsMissingIsTheInputOfTheNextAction() {
        Sequencer sequencer = middle(0);

        assertThat(sequencer.missing()).contains(action("1F0"));
        sequencer.arrived(0, action("1F1"));
        assertThat(sequencer.missing()).contains(action("1F0"));
        sequencer.arrived(0, action("1F0"));
        assertThat(sequencer.missing()).isEmpty();
        assertWorks(sequencer, "1F0", "1F1");
        assertThat(sequencer.missing()).contains(action("1I0"));
        sequencer.arrived(0, action("1I0"));
        sequencer.arrived(0, action("1I1"));
        assertWorks(sequencer, "1B0", "1B1");
        assertThat(sequencer.missing()).as("the batch is finished").isEmpty();
    }

    @Test
    void aFusedActionMissesTheInputOfItsPartnerToo() {
        List<List<Cell>> order = List.of(
                List.of(action("0F0"), new Fused(action("0F1"), action("0B0")), action("0B1")),
                List.of(action("1F0"), action("1B0"), action("1F1"), action("1B1")));
        Sequencer sequencer =
                new Sequencer(new Schedule("fused", Placement.of(List.of(List.of(0), List.of(1)), 2), order), 0, 0);
        assertWorks(sequencer, "0F0");

        assertWaits(sequencer);
        assertThat(sequencer.missing()).contains(action("0I0"));
        sequencer.arrived(0, action("0I0"));
        assertThat(sequencer.missing()).isEmpty();
        assertWorks(sequencer, "0F1", "0B0");
    }

    @Test
    void theNextBatchBeginsOnlyAfterTheLastAction() {
        Sequencer sequencer = middle(0);
        sequencer.arrived(0, action("1F0"));
        assertWorks(sequencer, "1F0");

        assertThatIllegalStateException()
                .isThrownBy(sequencer::restart)
                .withMessage("restart at position 1 of 4 (expected: the batch finished)");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void anyOrderOfDeliveryLetsEveryRankFinishInItsOrder(long seed) {
        Random random = new Random(seed);
        int batches = 3;
        Generator generator = Schedules.all().get(random.nextInt(Schedules.all().size()));
        int anySlots = 1 + random.nextInt(6);
        int slots = generator.replicas() > 1 ? anySlots + anySlots % 2 : anySlots;
        Schedule schedule = Schedules.generate(generator.name(), slots, slots * (2 + random.nextInt(2)));
        List<Sequencer> ranks = Sequencer.of(schedule);
        List<List<Action>> done = new ArrayList<>();
        ranks.forEach(rank -> done.add(new ArrayList<>()));
        List<Runnable> underWay = new ArrayList<>();

        boolean progress = true;
        while (progress) {
            progress = !underWay.isEmpty();
            if (progress) {
                underWay.remove(random.nextInt(underWay.size())).run();
            }
            for (int rank = 0; rank < schedule.ranks(); rank++) {
                Sequencer sequencer = ranks.get(rank);
                if (sequencer.finished() && sequencer.batch() < batches - 1) {
                    sequencer.restart();
                }
                long batch = sequencer.batch();
                Optional<Action> next = sequencer.next();
                next.ifPresent(done.get(rank)::add);
                next.flatMap(action -> Dependencies.releasedBy(action, schedule.stages()))
                        .ifPresent(released ->
                                underWay.add(() -> ranks.get(schedule.rankOf(released.stage(), released.microBatch()))
                                        .arrived(batch, released)));
                progress |= next.isPresent();
            }
        }

        for (int rank = 0; rank < schedule.ranks(); rank++) {
            List<Action> expected = new ArrayList<>();
            for (int batch = 0; batch < batches; batch++) {
                expected.addAll(schedule.actions(rank));
            }
            assertThat(done.get(rank))
                    .as("seed %d: %s, rank %d of %d", seed, schedule.name(), rank, schedule.ranks())
                    .isEqualTo(expected);
        }
    }
}
