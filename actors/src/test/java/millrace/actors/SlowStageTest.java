package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.schedule.stream.Discipline;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A last stage much slower than the others: credits hold the others back, and nothing piles up in front of it. */
@Isolated("what piles up depends on how fast stages are")
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowStageTest {
    private static final Model MODEL =
            Model.of(Shape.of(6), dense(8), dense(7), dense(5), dense(3), new Slow(), new Slow());

    /** Takes a millisecond each way. */
    private record Slow() implements Layer {
        @Override
        public String type() {
            return "slow";
        }

        @Override
        public Shape outputShape(Shape input) {
            return input;
        }

        @Override
        public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
            return new Operator() {
                @Override
                public void forward(Pass pass, Tensor in, Tensor out) {
                    LockSupport.parkNanos(1_000_000);
                }

                @Override
                public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
                    LockSupport.parkNanos(1_000_000);
                }

                @Override
                public boolean inPlace() {
                    return true;
                }
            };
        }
    }

    @ParameterizedTest
    @EnumSource(Discipline.class)
    void nothingPilesUpInFrontOfIt(Discipline discipline) {
        RunPlan plan = new PlanBuilder()
                .model(MODEL)
                .train(PlanBuilder.data(240, 1))
                .line(4, "1f1b", 4)
                .epochs(2)
                .build()
                .streamed(new StreamSpec(4, 1, 0, WeightPolicy.STASH, discipline, 0));

        // the pools of every stage have room for its credits and no more: a run that needed more would fail
        RunResult result = PipelineRun.start(plan, TrainingListener.SILENT).await();

        List<Double> peaks = result.pipeline().peakActivations();
        for (int stage = 0; stage < 4; stage++) {
            assertThat(peaks.get(stage)).isLessThanOrEqualTo(4.0 - stage);
        }
        if (discipline == Discipline.ONE_FORWARD_ONE_BACKWARD) {
            assertThat(peaks).containsExactly(4.0, 3.0, 2.0, 1.0);
            assertThat(result.finalState().weightsSha256())
                    .isEqualTo(ReferenceRun.of(plan, TrainingListener.SILENT)
                            .run()
                            .finalState()
                            .weightsSha256());
        }
    }
}
