package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import millrace.actors.run.PlanBuilder;
import millrace.actors.run.Recorder;
import millrace.actors.run.RunPlan;
import millrace.actors.run.RunResult;
import millrace.actors.run.RunResult.Reason;
import millrace.actors.run.SequentialRun;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PipelineRunTest {
    @ParameterizedTest
    @CsvSource({"1, 1f1b, 1", "2, 1f1b, 2"})
    void aLineOfActorsEqualsTheSequentialRunToTheBit(int stages, String schedule, int microBatches) {
        RunPlan plan = new PlanBuilder().line(stages, schedule, microBatches).build();
        Recorder sequential = Recorder.ofEvents();
        Recorder pipeline = Recorder.ofEvents();

        RunResult expected = new SequentialRun(plan, sequential).run();
        RunResult result = PipelineRun.start(plan, pipeline).await();

        assertThat(result.reason()).isEqualTo(Reason.COMPLETED);
        assertThat(result.steps()).isEqualTo(9);
        assertThat(result.finalState().weightsSha256())
                .isEqualTo(expected.finalState().weightsSha256());
        assertThat(pipeline.losses()).isEqualTo(sequential.losses()).hasSize(9);
        assertThat(List.of(result.loss())).isEqualTo(List.of(expected.loss()));
    }
}
