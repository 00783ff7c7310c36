package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.Stream;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.nn.data.Dataset;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        return Stream.of(plan, plan.streamed(new StreamSpec(plan.order().stages(), 3, 0, WeightPolicy.STASH)));
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

    private static PlanBuilder clippedAsAWhole() {
        return clippedAsAWhole(GradientShaping.NONE);
    }

    private static PlanBuilder clippedAsAWhole(GradientShaping shaping) {
        return new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .policy(shaped(shaping, GradientGuard.ofModel(0.3, false).reporting()));
    }

    private static UpdatePolicy shaped(GradientShaping shaping, GradientGuard guard) {
        return new UpdatePolicy(new Optimizer.Sgd(0.05, 0.9), new LearningRate.Constant(), 1, shaping).with(guard);
    }

    private static final GradientShaping PENALTIES = new GradientShaping(0.01f, 0.05f, Float.POSITIVE_INFINITY);

    /** Penalties are clipped with the rest of the gradient, and told in the norms, to the same bits for every cut. */
    @ParameterizedTest
    @CsvSource({"1, gpipe", "4, zb-h1", "2, zb-v", "4, chimera"})
    void penaltiesAreClippedAlikeForEveryCut(int ranks, String schedule) {
        RunPlan plan = clippedAsAWhole(PENALTIES).line(ranks, schedule, 4).build();
        Recorder told = Recorder.ofEvents();
        Recorder expected = Recorder.ofEvents();
        Recorder free = Recorder.ofEvents();

        RunResult result = PipelineRun.start(plan, told).await();
        RunResult reference = ReferenceRun.of(plan, expected).run();
        ReferenceRun.of(clippedAsAWhole().line(ranks, schedule, 4).build(), free)
                .run();

        assertThat(result.weightsSha256()).isEqualTo(reference.weightsSha256());
        assertThat(norms(told)).isEqualTo(norms(expected));
        assertThat(norms(told).getFirst().getFirst())
                .isGreaterThan(norms(free).getFirst().getFirst());
    }

    /** By a stage's norm, with a flush and without one. */
    @Test
    void penaltiesAreClippedStageByStage() {
        GradientGuard guard = new GradientGuard(0.05, false).reporting();
        RunPlan clipped =
                builder("1f1b", guard).policy(shaped(PENALTIES, guard)).build();
        flushedAndStreamed(clipped).forEach(plan -> {
            Recorder told = Recorder.ofEvents();
            Recorder expected = Recorder.ofEvents();
            assertThat(PipelineRun.start(plan, told).await().weightsSha256())
                    .isEqualTo(ReferenceRun.of(plan, expected).run().weightsSha256());
            assertThat(norms(told)).isEqualTo(norms(expected));
        });
    }

    /** The sum over all parameters has the same bits however the model is cut, and so have the weights. */
    @ParameterizedTest
    @CsvSource({
        "1, gpipe",
        "2, 1f1b",
        "4, zb-h1",
        "8, 1f1b",
        "2, interleaved-1f1b",
        "2, zb-v",
        "2, dualpipe-v",
        "4, chimera"
    })
    void clippedAsAWholeAlikeForEveryCut(int ranks, String schedule) {
        RunPlan plan = clippedAsAWhole().line(ranks, schedule, 4).build();
        // with replicas gradients are added up in two sums
        RunPlan whole = schedule.equals("chimera")
                ? clippedAsAWhole().line(2, schedule, 4).build()
                : clippedAsAWhole().line(1, "gpipe", 4).build();
        Recorder told = Recorder.ofEvents();
        Recorder expected = Recorder.ofEvents();

        RunResult result = PipelineRun.start(plan, told).await();
        RunResult reference = ReferenceRun.of(plan, expected).run();

        assertThat(result.finalState().weightsSha256())
                .isEqualTo(reference.finalState().weightsSha256())
                .isEqualTo(ReferenceRun.of(whole, TrainingListener.SILENT)
                        .run()
                        .finalState()
                        .weightsSha256());
        assertThat(norms(told))
                .isEqualTo(norms(expected))
                .hasSize(9)
                .allMatch(norms -> norms.size() == plan.partition().stages());
        assertThat(losses(told)).isEqualTo(losses(expected));
        assertThat(told.events(TrainingEvent.EpochEnd.class))
                .extracting(TrainingEvent.EpochEnd::gradientNorms)
                .containsExactlyElementsOf(expected.events(TrainingEvent.EpochEnd.class).stream()
                        .map(TrainingEvent.EpochEnd::gradientNorms)
                        .toList());
    }

    private static List<Double> losses(Recorder recorder) {
        return recorder.events(TrainingEvent.Step.class).stream()
                .map(TrainingEvent.Step::loss)
                .toList();
    }

    private static List<List<Double>> norms(Recorder recorder) {
        return recorder.events(TrainingEvent.Step.class).stream()
                .map(TrainingEvent.Step::gradientNorms)
                .toList();
    }

    @Test
    void someStepsAreClippedAndSomeAreNot() {
        Recorder told = Recorder.ofEvents();
        RunPlan plan = clippedAsAWhole().line(2, "1f1b", 4).build();
        PipelineRun.start(plan, told).await();

        assertThat(norms(told))
                .anyMatch(norms -> Math.hypot(norms.getFirst(), norms.getLast()) > 0.3)
                .anyMatch(norms -> Math.hypot(norms.getFirst(), norms.getLast()) < 0.3);
    }

    /** Told only, they change nothing; with a flush and without one. */
    @Test
    void normsThatAreToldChangeNothing() {
        RunPlan silent = builder("1f1b", GradientGuard.NONE)
                .policy(shaped(PENALTIES, GradientGuard.NONE))
                .build();
        RunPlan telling = builder("1f1b", GradientGuard.NONE)
                .policy(shaped(PENALTIES, GradientGuard.NONE.reporting()))
                .build();
        List<RunPlan> plans = flushedAndStreamed(telling).toList();
        List<RunPlan> others = flushedAndStreamed(silent).toList();
        for (int i = 0; i < 2; i++) {
            Recorder told = Recorder.ofEvents();
            Recorder expected = Recorder.ofEvents();
            RunResult result = PipelineRun.start(plans.get(i), told).await();
            ReferenceRun.of(plans.get(i), expected).run();

            assertThat(result.finalState().weightsSha256())
                    .isEqualTo(trained(others.get(i)).finalState().weightsSha256());
            assertThat(norms(told))
                    .isEqualTo(norms(expected))
                    .hasSize(9)
                    .allMatch(norms -> norms.size() == 4 && norms.stream().allMatch(norm -> norm > 0));
        }
    }

    @Test
    void withoutAFlushNothingIsClippedAsAWhole() {
        RunPlan plan = clippedAsAWhole().line(4, "1f1b", 4).build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan.streamed(new StreamSpec(4, 3, 0, WeightPolicy.STASH)))
                .withMessage(
                        "clip-norm: 0.3 with async-1f1b (expected: a schedule that flushes, elsewhere no stage knows"
                                + " the others' gradients, use clip-norm-per-stage)");
    }

    @Test
    void aSampleThatIsNotANumberCostsAllStagesTheStepWhenTheyClipAsAWhole() {
        RunPlan plan = builder("1f1b", GradientGuard.ofModel(1, true))
                .train(withNaN(PlanBuilder.data(64, 3)))
                .epochs(2)
                .build();

        RunResult reference = ReferenceRun.of(plan, TrainingListener.SILENT).run();
        RunResult result = trained(plan);

        assertThat(result.finalState().weightsSha256())
                .isEqualTo(reference.finalState().weightsSha256());
        assertThat(result.pipeline().skippedSteps())
                .isEqualTo(reference.pipeline().skippedSteps())
                .containsExactly(2L, 2L, 2L, 2L);
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
