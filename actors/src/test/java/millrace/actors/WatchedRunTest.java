package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.BestEpoch;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.Start;
import millrace.actors.plan.Watching;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Predictor;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.optimizer.OneCycle;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.Plateau;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What depends on a run's losses or steps: the same with and without actors, interrupted and undisturbed. */
class WatchedRunTest {
    private static final Plateau QUICK = new Plateau(0.5, 0, 0.05, true, 0, 0, 1e-8);
    private static final Watching ALL = new Watching(Optional.of(4), true, Optional.of(QUICK));

    /** The rate is too large, so the loss does not fall in each epoch, and the best one is not the last. */
    private static PlanBuilder builder() {
        return new PlanBuilder()
                .optimizer(new Sgd(0.9, 0.5))
                .validation(PlanBuilder.data(13, 9))
                .epochs(12)
                .line(2, "1f1b", 2);
    }

    static Stream<RunPlan> plans() {
        RunPlan flushed = builder().build();
        return Stream.of(
                flushed.watching(ALL),
                builder().line(4, "zb-h1", 4).build().watching(ALL),
                builder().line(2, "interleaved-1f1b", 4).build().watching(ALL),
                flushed.streamed(new StreamSpec(2, 1, 0, WeightPolicy.STASH)).watching(ALL),
                flushed.streamed(new StreamSpec(2, 3, 0, WeightPolicy.LIVE)).watching(ALL));
    }

    private static RunResult sequential(RunPlan plan, TrainingListener listener) {
        return ReferenceRun.of(plan, listener).run();
    }

    private static RunResult pipeline(RunPlan plan, TrainingListener listener) {
        return PipelineRun.start(plan, listener).await();
    }

    private static List<Double> rates(Recorder recorder) {
        return recorder.events(TrainingEvent.EpochEnd.class).stream()
                .map(TrainingEvent.EpochEnd::learningRate)
                .toList();
    }

    private static String digest(RunResult result) {
        return result.finalState().weightsSha256();
    }

    @ParameterizedTest
    @MethodSource("plans")
    void theRateFallsAndTheBestWeightsComeBackAsWithoutActors(RunPlan plan) {
        Recorder expected = Recorder.withCheckpoints();
        Recorder told = Recorder.ofEvents();

        RunResult reference = sequential(plan, expected);
        RunResult result = pipeline(plan, told);

        assertThat(rates(told)).isEqualTo(rates(expected));
        assertThat(rates(told).getLast()).as("the rate has fallen").isLessThan(0.9);
        assertThat(result.stepOfWeights()).isLessThan(result.steps()).isEqualTo(reference.stepOfWeights());
        assertThat(result.evaluations()).isEqualTo(reference.evaluations());
        assertThat(digest(result)).isEqualTo(digest(reference)).isEqualTo(bestOf(expected));
    }

    /** The digest of the checkpoint with the smallest validation loss. */
    private static String bestOf(Recorder recorder) {
        return recorder.checkpoints().stream()
                .min((a, b) -> Double.compare(loss(a.evaluations()), loss(b.evaluations())))
                .orElseThrow()
                .snapshot()
                .weightsSha256();
    }

    private static double loss(Map<String, Evaluation> evaluations) {
        return evaluations.values().iterator().next().loss();
    }

    private static Map<String, Tensor> tensors(List<NamedTensor> weights) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        weights.forEach(weight -> tensors.put(weight.name(), weight.tensor()));
        return tensors;
    }

    private static RunPlan resumed(RunPlan plan, Recorder recorder, int checkpoint) {
        Snapshot at = recorder.checkpoints().get(checkpoint).snapshot();
        // as a manifest keeps it
        CourseState progress =
                CourseState.of(at.progress().figures(), at.progress().terms().values());
        Snapshot best = recorder.checkpoints().stream()
                .map(Recorder.Checkpoint::snapshot)
                .filter(snapshot -> snapshot.step() == progress.bestStep())
                .findFirst()
                .orElseThrow();
        Map<String, Tensor> tensors = tensors(at.weights());
        tensors.putAll(tensors(at.optimizerState()));
        return plan.from(new Start(at.step(), tensors, progress, Optional.of(BestEpoch.of(best))));
    }

    @ParameterizedTest
    @MethodSource("plans")
    void aRunThatGoesOnFromAnyEpochEndsAsTheUndisturbedOne(RunPlan plan) {
        Recorder undisturbed = Recorder.withCheckpoints();
        RunResult whole = pipeline(plan, undisturbed);
        int epochs = undisturbed.checkpoints().size();
        assertThat(epochs).isGreaterThan(3);

        for (int checkpoint : List.of(0, epochs / 2, epochs - 2)) {
            RunPlan rest = resumed(plan, undisturbed, checkpoint);
            for (RunResult result :
                    List.of(pipeline(rest, TrainingListener.SILENT), sequential(rest, TrainingListener.SILENT))) {
                assertThat(result.steps()).isEqualTo(whole.steps());
                assertThat(result.reason()).isEqualTo(whole.reason());
                assertThat(result.stepOfWeights()).isEqualTo(whole.stepOfWeights());
                assertThat(digest(result)).isEqualTo(digest(whole));
            }
        }
    }

    @Test
    void earlyStoppingAloneKeepsTheLastWeights() {
        RunPlan plan = builder().build().watching(Watching.stopping(Optional.of(2)));

        RunResult result = pipeline(plan, TrainingListener.SILENT);

        assertThat(result.reason()).isEqualTo(Reason.STOPPED_EARLY);
        assertThat(result.stepOfWeights()).isEqualTo(result.steps());
    }

    @Test
    void anEvaluationOfTheBestBeforeItWentOnIsThatOfItsWeights() {
        RunPlan plan = builder().build().watching(new Watching(Optional.of(2), true, Optional.empty()));
        Recorder undisturbed = Recorder.withCheckpoints();
        RunResult whole = pipeline(plan, undisturbed);
        int last = undisturbed.checkpoints().size() - 2;

        RunResult result = pipeline(resumed(plan, undisturbed, last), TrainingListener.SILENT);

        assertThat(result.stepOfWeights()).isEqualTo(whole.stepOfWeights());
        Evaluation expected = new Predictor(
                        plan.spec().model(), tensors(whole.finalState().weights()))
                .evaluate(plan.spec().loss(), Objects.requireNonNull(plan.data().validation()));
        assertThat(result.evaluations()).containsEntry("validation", expected);
    }

    @Test
    void withoutAnySetTheLossOfTheTrainingIsWatched() {
        RunPlan plan = new PlanBuilder()
                .optimizer(new Sgd(3))
                .line(2, "1f1b", 2)
                .epochs(8)
                .build()
                .watching(new Watching(Optional.empty(), true, Optional.of(QUICK)));
        Recorder told = Recorder.ofEvents();

        RunResult reference = sequential(plan, TrainingListener.SILENT);
        RunResult result = pipeline(plan, told);

        assertThat(rates(told).getLast()).isLessThan(3);
        assertThat(digest(result)).isEqualTo(digest(reference));
    }

    @Test
    void aCycleIsTheSameWithAndWithoutActors() {
        OneCycle cycle = new OneCycle(9, 0.3, 25, 1e4, false, false, OneCycle.Momentum.USUAL);
        UpdatePolicy policy = new UpdatePolicy(new Adam(0.05), cycle, 1, GradientShaping.NONE);
        RunPlan plan = new PlanBuilder().policy(policy).line(4, "1f1b", 4).build();
        RunPlan plain =
                new PlanBuilder().optimizer(new Adam(0.05)).line(4, "1f1b", 4).build();

        assertThat(digest(pipeline(plan, TrainingListener.SILENT)))
                .isEqualTo(digest(sequential(plan, TrainingListener.SILENT)))
                .isNotEqualTo(digest(sequential(plain, TrainingListener.SILENT)));
        RunPlan stream = plan.streamed(new StreamSpec(4, 3, 0, WeightPolicy.STASH));
        assertThat(digest(pipeline(stream, TrainingListener.SILENT)))
                .isEqualTo(digest(sequential(stream, TrainingListener.SILENT)));
    }

    @Test
    void predictionsAndAPlateauDoNotGoTogether() {
        RunPlan stream = builder().build().streamed(new StreamSpec(2, 1, 0, WeightPolicy.PREDICT));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> stream.watching(ALL))
                .withMessage(
                        "learning rate: plateau with weights predict (expected: another schedule, predictions use rates"
                                + " that are known beforehand)");
    }
}
