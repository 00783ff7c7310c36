package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import millrace.schedule.Placement.Replica;
import org.junit.jupiter.api.Test;

class ValidatorTest {
    /** The message is the place and the reason, then the grid with the cell marked. */
    private static void assertRefused(Schedule schedule, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Validator.checked(schedule))
                .withMessage(message.stripTrailing().replace("\n", System.lineSeparator()));
    }

    @Test
    void aSplitBackwardIsAsGoodAsAFullOne() {
        Schedule mixed = Timetable.written(2, "0F0 0F1 0B0 0I1 0W1", "1F0 1I0 1F1 1I1 1W1 1W0");

        assertThat(Validator.checked(mixed)).isSameAs(mixed);
    }

    @Test
    void anActionThatStandsTwiceIsPointedAt() {
        assertRefused(Timetable.written(2, "0F0 0F1 0B0 0B1", "1F0 1B0 1F0 1B1"), """
            schedule written, rank 1, column 2: 1F0 stands twice (expected: once)
            rank 0: 0F0 0F1 0B0 0B1
            rank 1: 1F0 1B0 >1F0< HERE 1B1
            """);
    }

    @Test
    void aMissingBackwardIsNamed() {
        assertRefused(Timetable.written(2, "0F0 0F1 0B0", "1F0 1B0 1F1 1B1"), """
            schedule written, rank 0, column 1: 0F1 has no backward (expected: one 0B1, or both 0I1 and 0W1)
            rank 0: 0F0 >0F1< HERE 0B0
            rank 1: 1F0 1B0 1F1 1B1
            """);
    }

    @Test
    void aMissingForwardIsNamed() {
        assertRefused(Timetable.written(2, "0F0 0F1 0B0 0B1", "1F0 1B0"), """
            schedule written, rank 1, column 2: 1F1 is missing (expected: every stage does every micro-batch)
            rank 0: 0F0 0F1 0B0 0B1
            rank 1: 1F0 1B0 >< HERE
            """);
    }

    @Test
    void halfABackwardIsNamed() {
        assertRefused(Timetable.written(1, "0F0 0I0"), """
            schedule written, rank 0, column 1: 0I0 has no W (expected: one 0W0 after it)
            rank 0: 0F0 >0I0< HERE
            """);
    }

    @Test
    void aFullAndASplitBackwardAreTooMuch() {
        assertRefused(Timetable.written(1, "0F0 0B0 0I0 0W0"), """
            schedule written, rank 0, column 2: 0I0 stands beside a B of the same micro-batch\
             (expected: either B or both I and W)
            rank 0: 0F0 0B0 >0I0< HERE 0W0
            """);
    }

    @Test
    void aMicroBatchThatLeavesItsReplicaIsPointedAt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScheduleCsv.read("own", """
                    0F0,1F0,1B0,0B0,0F2,0B2
                    0F1,1F1,1B1,0B1,1F2,1B2
                    """))
                .withMessage("""
                    schedule own, rank 1, column 4: 1F2 on rank 1 (expected: on rank 0, all of a micro-batch goes\
                     through one replica of the line, and replicas share no rank's copy of a stage)
                    rank 0: 0F0 1F0 1B0 0B0 0F2 0B2
                    rank 1: 0F1 1F1 1B1 0B1 >1F2< HERE 1B2\
                    """.replace("\n", System.lineSeparator()));
    }

    @Test
    void aReplicaWithoutMicroBatchesIsRefused() {
        List<Action> all = List.of(Action.forward(0, 0), Action.backward(0, 0));
        Schedule schedule = new Schedule(
                "own",
                new Placement(2, List.of(new Replica(List.of(0), List.of(0)), new Replica(List.of(1), List.of()))),
                List.of(all, List.of()));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Validator.checked(schedule))
                .withMessage("schedule own: every stage on 2 ranks, but the micro-batches go 1 ways (expected: as many,"
                        + " each rank's copy of a stage has micro-batches of its own)");
    }

    @Test
    void aStageThatIsMoreOftenThereThanAnotherIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Placement.of(List.of(List.of(0), List.of(0, 1)), 1))
                .withMessage(
                        "placement: [[0], [0, 1]] (expected: each stage from 0 to 1 once; a line that exists several"
                                + " times is made of replicas)");
    }

    @Test
    void aStageOnAnotherRankIsPointedAt() {
        assertRefused(Timetable.written(1, "0F0 1F0 0B0", "1B0"), """
            schedule written, rank 0, column 1: stage 1 is not on rank 0, which holds [0] (expected: each stage on one rank)
            rank 0: 0F0 >1F0< HERE 0B0
            rank 1: 1B0
            """);
    }

    @Test
    void aMicroBatchOutOfRangeIsPointedAt() {
        assertRefused(Timetable.written(1, "0F0 0F1 0B0 0B1"), """
            schedule written, rank 0, column 1: micro-batch 1 (expected: below 1)
            rank 0: 0F0 >0F1< HERE 0B0 0B1
            """);
    }

    @Test
    void ranksThatWaitForEachOtherAreADeadlock() {
        assertRefused(Timetable.written(2, "0F0 0B0 0F1 0B1", "1F0 1F1 1B0 1B1"), """
            schedule written, rank 0, column 1: 0B0 can never start: what it waits for comes later\
             (a cycle; waiting: rank 0 at 0B0, rank 1 at 1F1)
            rank 0: 0F0 >0B0< HERE 0F1 0B1
            rank 1: 1F0 1F1 1B0 1B1
            """);
    }

    @Test
    void aBackwardBeforeItsForwardIsPointedAt() {
        assertRefused(Timetable.written(1, "0F0 0B0", "1B0 1F0"), """
            schedule written, rank 1, column 0: 1B0 (expected: after 1F0)
            rank 0: 0F0 0B0
            rank 1: >1B0< HERE 1F0
            """);
        assertRefused(Timetable.written(1, "0I0 0F0 0W0"), """
            schedule written, rank 0, column 0: 0I0 (expected: after 0F0)
            rank 0: >0I0< HERE 0F0 0W0
            """);
    }

    @Test
    void weightsBeforeTheirDeltasArePointedAt() {
        assertRefused(Timetable.written(1, "0F0 0W0 0I0"), """
            schedule written, rank 0, column 1: 0W0 (expected: after 0I0)
            rank 0: 0F0 >0W0< HERE 0I0
            """);
    }

    @Test
    void severalStagesOfOneRankWaitForEachOtherToo() {
        Placement placement = Placement.of(List.of(List.of(0, 1)), 1);
        List<Action> good =
                List.of(Action.forward(0, 0), Action.forward(1, 0), Action.backward(1, 0), Action.backward(0, 0));
        List<Action> bad =
                List.of(Action.forward(1, 0), Action.forward(0, 0), Action.backward(1, 0), Action.backward(0, 0));
        Schedule valid = new Schedule("folded", placement, List.of(good));

        assertThat(Validator.checked(valid)).isSameAs(valid);
        assertRefused(new Schedule("folded", placement, List.of(bad)), """
            schedule folded, rank 0, column 0: 1F0 can never start: what it waits for comes later\
             (a cycle; waiting: rank 0 at 1F0)
            rank 0: >1F0< HERE 0F0 1B0 0B0
            """);
    }

    @Test
    void fusedActionsDoNotWaitForEachOther() {
        for (String cells : new String[] {"0F0,(0F1;0B1),0B0", "0F0,(0F1;0I1),0B0,0W1", "0F0,(0I0;0W0)"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ScheduleCsv.read("own", cells))
                    .withMessageContaining("two fused actions that do not wait for each other")
                    .withMessageContaining("< HERE");
        }
    }
}
