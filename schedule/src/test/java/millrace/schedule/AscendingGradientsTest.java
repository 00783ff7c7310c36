package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AscendingGradientsTest {
    private static String executed(String csv) {
        return Grid.of(AscendingGradients.of(ScheduleCsv.read("own", csv)));
    }

    @Test
    void ascendingSchedulesStayAsTheyAre() {
        for (Generator generator : Schedules.all()) {
            Schedule schedule = Schedules.generate(generator.name(), 4, 8);
            if (!generator.name().equals("looped-bfs")) {
                assertThat(AscendingGradients.of(schedule)).isSameAs(schedule);
            }
        }
    }

    @Test
    void descendingBackwardsLeaveTheirWeightsForLater() {
        assertThat(executed("0F0,0F1,0F2,0B2,0B1,0B0")).isEqualTo("rank 0: 0F0 0F1 0F2 0I2 0I1 0B0 0W1 0W2");
    }

    @Test
    void weightsBeforeTheirTurnMove() {
        assertThat(executed("0F0,0F1,0F2,0I1,0W1,0I0,0B2,0W0"))
                .isEqualTo("rank 0: 0F0 0F1 0F2 0I1 0I0 0I2 0W0 0W1 0W2");
    }

    @Test
    void aFusedBackwardBeforeItsTurnKeepsItsSlot() {
        assertThat(executed("0F0,0F1,1F0,1F1,1B0,1B1,(0F2;0B1),1F2,1B2,0B2,0B0"))
                .isEqualTo("rank 0: 0F0 0F1 1F0 1F1 1B0 1B1 (0F2;0I1) 1F2 1B2 0I2 0B0 0W1 0W2");
    }

    @Test
    void theExecutedFormIsValid() {
        for (int chunks = 1; chunks < 4; chunks++) {
            Schedule schedule = Schedules.generate("looped-bfs", new PipelineShape(3, chunks, 5));

            assertThat(Validator.checked(AscendingGradients.of(schedule))).isNotEqualTo(schedule);
        }
    }
}
