package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.stream.Stream;
import millrace.actors.run.PlanBuilder;
import millrace.actors.run.ReferenceRun;
import millrace.actors.run.RunPlan;
import millrace.actors.run.RunResult;
import millrace.actors.run.TrainingListener;
import millrace.nn.data.Dataset;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clipping by a stage's norm and leaving out steps: the same with and without actors, with and without a flush. */
class GuardedRunTest {
    private static PlanBuilder builder(String schedule, GradientGuard guard) {
        return new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .policy(UpdatePolicy.of(new Optimizer.Sgd(0.05, 0.9)).with(guard))
                .line(4, schedule, 4);
    }

    private static Stream<RunPlan> flushedAndStreamed(RunPlan plan) {
        return Stream.of(plan, plan.streamed(new StreamSpec(plan.schedule().stages(), 3, 0, WeightPolicy.STASH)));
    }

    private static RunResult trained(RunPlan plan) {
        return PipelineRun.start(plan, TrainingListener.SILENT).await();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1f1b", "zb-h1"})
    void clippedAlike(String schedule) {
        RunPlan clipped = builder(schedule, new GradientGuard(0.01, false)).build();
        RunPlan free = builder(schedule, GradientGuard.NONE).build();
        flushedAndStreamed(clipped).forEach(plan -> {
            RunResult reference = ReferenceRun.of(plan, TrainingListener.SILENT).run();
            assertThat(trained(plan).finalState().weightsSha256())
                    .isEqualTo(reference.finalState().weightsSha256())
                    .isNotEqualTo(trained(free).finalState().weightsSha256());
        });
    }

    @Test
    void aSampleThatIsNotANumberCostsItsStepsAndNothingElse() {
        Dataset data = withNaN(PlanBuilder.data(64, 3));
        GradientGuard skip = new GradientGuard(Double.POSITIVE_INFINITY, true);
        RunPlan guarded = builder("1f1b", skip).train(data).epochs(2).build();
        flushedAndStreamed(guarded).forEach(plan -> {
            RunResult reference = ReferenceRun.of(plan, TrainingListener.SILENT).run();
            RunResult result = trained(plan);

            assertThat(result.finalState().weightsSha256())
                    .isEqualTo(reference.finalState().weightsSha256());
            assertThat(result.pipeline().skippedSteps())
                    .isEqualTo(reference.pipeline().skippedSteps())
                    .hasSize(4);
            // once an epoch, at the first stage at least
            assertThat(result.pipeline().skippedSteps().getFirst()).isEqualTo(2);
            result.finalState()
                    .weights()
                    .forEach(weight -> assertThat(weight.tensor().memory().toArray(ValueLayout.JAVA_FLOAT))
                            .doesNotContain(Float.NaN));
        });
    }

    private static Dataset withNaN(Dataset data) {
        Tensor inputs =
                Tensor.zeros(Arena.ofAuto(), ElementType.F32, data.inputs().shape());
        inputs.memory().copyFrom(data.inputs().memory());
        inputs.memory().setAtIndex(ValueLayout.JAVA_FLOAT, 100, Float.NaN);
        return new Dataset("with a NaN", inputs, data.targets(), data.classes());
    }
}
