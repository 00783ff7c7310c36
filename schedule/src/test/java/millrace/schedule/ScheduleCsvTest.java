package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScheduleCsvTest {
    static Stream<String> names() {
        return Schedules.all().stream().map(Generator::name);
    }

    private static void assertRefused(String csv, String message) {
        assertThatExceptionOfType(InvalidScheduleException.class)
                .isThrownBy(() -> ScheduleCsv.read("own", csv))
                .withMessage(message.stripTrailing().replace("\n", System.lineSeparator()));
    }

    @Test
    void emptyCellsAreIdleSteps() {
        assertThat(ScheduleCsv.write(Schedules.generate("1f1b", 3, 3))).isEqualTo("""
            0F0,0F1,0F2,,,0B0,,0B1,,0B2
            ,1F0,1F1,,1B0,1F2,1B1,,1B2,
            ,,2F0,2B0,2F1,2B1,2F2,2B2,,
            """);
    }

    @Test
    void fusedCellsEndAsTorchWritesThem() {
        assertThat(ScheduleCsv.write(Schedules.generate("dualpipe-v", 2, 4))).contains("(0F3;3B1)OVERLAP_F_B");
    }

    @ParameterizedTest
    @MethodSource("names")
    void whatIsWrittenIsReadBack(String name) {
        Schedule schedule = Schedules.generate(name, 4, 8);

        assertThat(ScheduleCsv.read(name, ScheduleCsv.write(schedule))).isEqualTo(schedule);
    }

    @Test
    void windowsLinesBlanksAndEmptyCellsAreRead() {
        Schedule schedule = ScheduleCsv.read("own", "\uFEFF0F0, ,,0B0\r\n,1F0,1I0,1W0,\r\n\r\n");

        assertThat(Grid.of(schedule)).isEqualTo("rank 0: 0F0 0B0" + System.lineSeparator() + "rank 1: 1F0 1I0 1W0");
        assertThat(schedule.microBatches()).isEqualTo(1);
    }

    @Test
    void aCellThatCannotBeReadIsPointedAt() {
        assertRefused("0F0,,0B0\n,1X0,1B0\n", """
            schedule own, rank 1, column 1: action: "1X0" (expected: stage number, one of F B I W R, micro-batch number,\
             as in 2F0)
            rank 0: 0F0     0B0
            rank 1:     >1X0< HERE 1B0
            """);
    }

    @Test
    void aMissingWeightIsPointedAt() {
        assertRefused("0F0,,0B0\n,1F0,1I0\n", """
            schedule own, rank 1, column 1: 1I0 has no W (expected: one 1W0 after it)
            rank 0: 0F0 0B0
            rank 1: 1F0 >1I0< HERE
            """);
    }

    @Test
    void aCycleIsPointedAt() {
        assertRefused("0F0,0B0,0F1,0B1\n1F0,1F1,1B0,1B1\n", """
            schedule own, rank 0, column 1: 0B0 can never start: what it waits for comes later\
             (a cycle; waiting: rank 0 at 0B0, rank 1 at 1F1)
            rank 0: 0F0 >0B0< HERE 0F1 0B1
            rank 1: 1F0 1F1 1B0 1B1
            """);
    }

    @Test
    void aStageOnTheWrongRankIsPointedAt() {
        assertRefused("0F0,0F1,1B0,0B0,0B1\n1F0,1F1,1B1\n", """
            schedule own, rank 0, column 2: stage 1 is not on rank 0, which holds [0] (expected: each stage on one rank)
            rank 0: 0F0 0F1 >1B0< HERE 0B0 0B1
            rank 1: 1F0 1F1 1B1
            """);
    }

    @Test
    void longOrdersShowTheNeighbourhood() {
        String csv = ScheduleCsv.write(Schedules.generate("gpipe", 40, 60)).replace("20F30", "20G30");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScheduleCsv.read("own", csv))
                .withMessageContaining("(from column 26 on)")
                .withMessageContaining("rank 20:")
                .withMessageContaining(">20G30< HERE")
                .satisfies(e -> assertThat(e.toString().lines().count()).isLessThan(20));
    }

    @Test
    void nothingAndGapsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScheduleCsv.read("own", "\n"))
                .withMessage("schedule own: no rows (expected: one row a rank)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScheduleCsv.read("own", ",,\n"))
                .withMessage("schedule own: no actions (expected: cells like 0F0 between commas)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScheduleCsv.read("own", "0F0,0B0\n2F0,2B0\n"))
                .withMessage("schedule own: no actions of stage 1 (expected: stages numbered from 0 without gaps)");
    }
}
