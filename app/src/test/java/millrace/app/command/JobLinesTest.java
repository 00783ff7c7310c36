package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import millrace.actors.jobs.JobState;
import millrace.actors.jobs.JobsProtocol.JobLine;
import org.junit.jupiter.api.Test;

class JobLinesTest {
    private static final JobLine RUNNING = new JobLine(
            "a", JobState.RUNNING, 5, List.of("h:1", "h:2"), 2, 0, 25, 100, 1000, 2000, 2000, "", "/runs/a", "");
    private static final JobLine WAITING =
            new JobLine("b", JobState.QUEUED, 0, List.of(), 3, 1, 0, 0, 1500, 0, 1500, "", "/runs/b", "");
    private static final JobLine CANCELLED = new JobLine(
            "c", JobState.CANCELLED, 0, List.of(), 1, 0, 7, 10, 1500, 1600, 1700, "cancelled", "/runs/c", "0123");

    @Test
    void peopleSeeHowFarAJobIsAndWhy() {
        assertThat(JobLines.table(List.of(RUNNING, WAITING, CANCELLED)).lines())
                .satisfiesExactly(
                        head -> assertThat(head).startsWith("run  state"),
                        a -> assertThat(a).contains("running", "h:1,h:2", "step 25 of 100, 25 %"),
                        b -> assertThat(b).contains("queued", "- of 3", "step 0", "1 before it"),
                        c -> assertThat(c).contains("cancelled", "step 7 of 10, 70 %"));
        assertThat(JobLines.sentence(CANCELLED))
                .startsWith("run c: cancelled for ")
                .endsWith(": cancelled");
    }

    @Test
    void scriptsGetAnObjectAJob() {
        assertThat(JobLines.json(RUNNING))
                .hasToString(
                        "{\"event\":\"job\",\"run\":\"a\",\"state\":\"running\",\"priority\":5,\"workers\":[\"h:1\",\"h:2\"],"
                                + "\"wanted_workers\":2,\"before\":0,\"step\":25,\"steps\":100,\"submitted\":\"1970-01-01T00:00:01Z\","
                                + "\"started\":\"1970-01-01T00:00:02Z\",\"since\":\"1970-01-01T00:00:02Z\",\"folder\":\"/runs/a\"}");
        assertThat(JobLines.json(WAITING).toString()).contains("\"steps\":null", "\"started\":null");
        assertThat(JobLines.json(CANCELLED).toString())
                .contains("\"reason\":\"cancelled\"", "\"weights_sha256\":\"0123\"");
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobLines.named("x", List.of(RUNNING, WAITING)))
                .withMessage("run: x (expected: a job of this cluster: a, b)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobLines.named("x", List.of()))
                .withMessage("run: x (expected: a job of this cluster: there is none)");
    }
}
