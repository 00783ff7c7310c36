package millrace.actors.course;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import millrace.actors.course.Course.Next;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.event.TrainingEvent.Stretch;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Snapshot;
import millrace.actors.trace.PipelineFigures;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.stage.LossSum;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three steps an epoch: of 8, 8 and 6 samples. */
class CourseTest {
    private static final Dataset HELD_OUT = PlanBuilder.data(4, 2);
    private static final Dataset TESTED = PlanBuilder.data(5, 3);

    private final Recorder recorder = Recorder.ofEvents();
    private long now = 1_000;

    private Course course(PlanBuilder plan) {
        return course(plan, recorder);
    }

    private Course course(PlanBuilder plan, Recorder listener) {
        return new Course(plan.build(), listener, () -> now);
    }

    /** A step with a mean loss, of as many samples as its batch has. */
    private static void stepped(Course course, double loss) {
        int rows = course.step() % 3 == 2 ? 6 : 8;
        course.stepped(new LossSum(loss * rows, rows), List.of());
    }

    private static void steps(Course course, double... losses) {
        for (double loss : losses) {
            stepped(course, loss);
        }
    }

    private static Evaluation evaluation(double loss) {
        return new Evaluation(4, loss, List.of());
    }

    @Test
    void epochsFollowEachOtherUntilAllAreMade() {
        Course course = course(new PlanBuilder().epochs(2).test(TESTED));

        assertThat(course.next()).isEqualTo(new Next.Steps(3));
        steps(course, 1, 1);
        assertThat(course.next()).as("the same answer until it is done").isEqualTo(new Next.Steps(3));
        steps(course, 1);
        course.evaluated(evaluation(1));
        assertThat(course.next()).isEqualTo(new Next.Steps(6));
        steps(course, 1, 1, 1);
        course.evaluated(evaluation(1));
        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.COMPLETED));
        assertThat(course.step()).isEqualTo(6);
    }

    @Test
    void nobodyStopsAtTheEndOfAnEpochWithNothingToDoThere() {
        Course course = course(new PlanBuilder().epochs(2));

        assertThat(course.next()).isEqualTo(new Next.Steps(6));
        steps(course, 1, 2, 3);
        assertThat(course.next()).isEqualTo(new Next.Steps(6));
        assertThat(recorder.events(TrainingEvent.EpochEnd.class)).hasSize(1);
        steps(course, 1, 1, 1);
        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.COMPLETED));
        assertThat(recorder.events(TrainingEvent.EpochEnd.class))
                .extracting(TrainingEvent.EpochEnd::epoch)
                .containsExactly(1, 2);
    }

    @Test
    void setsAreEvaluatedBetweenTheEndsOfEpochsToo() {
        PlanBuilder plan = new PlanBuilder().epochs(2).test(TESTED);
        Course course = new Course(plan.build().evaluated(2), recorder, () -> now);
        List<Long> stops = new ArrayList<>();
        while (course.next() instanceof Next.Steps(long until)) {
            while (course.step() < until) {
                stepped(course, 1);
            }
            stops.add(until);
            course.evaluated(evaluation(until));
        }

        assertThat(stops).containsExactly(2L, 3L, 4L, 6L);
        assertThat(recorder.events(TrainingEvent.EvaluationDone.class))
                .extracting(TrainingEvent.EvaluationDone::step)
                .containsExactly(2L, 4L);
        assertThat(recorder.events(TrainingEvent.EpochEnd.class)).hasSize(2);
    }

    @Test
    void aLimitOfStepsEndsTheRunWithinAnEpoch() {
        Course course = course(new PlanBuilder().steps(4));

        steps(course, 1, 1, 1);
        assertThat(course.next()).isEqualTo(new Next.Steps(4));
        steps(course, 1);
        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.COMPLETED));
        assertThat(recorder.events(EpochEnd.class))
                .extracting(EpochEnd::epoch, EpochEnd::step)
                .containsExactly(tuple(1, 3L), tuple(2, 4L));
    }

    @Test
    void aLimitBeyondTheEpochsChangesNothing() {
        Course course = course(new PlanBuilder().epochs(1).steps(100));

        steps(course, 1, 1, 1);
        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.COMPLETED));
    }

    @Test
    void setsAreEvaluatedAndSavedAfterEachEpoch() {
        Recorder saving = Recorder.withCheckpoints();
        Course course = course(new PlanBuilder().epochs(2).validation(HELD_OUT).test(TESTED), saving);
        Snapshot snapshot = new Snapshot(3, List.of(), List.of());

        steps(course, 1, 1, 1);
        assertThat(course.next()).isEqualTo(new Next.Evaluate("validation", HELD_OUT));
        course.evaluated(evaluation(2));
        assertThat(course.next()).isEqualTo(new Next.Evaluate("test", TESTED));
        assertThat(saving.events(EpochEnd.class)).isEmpty();
        course.evaluated(evaluation(3));
        assertThat(saving.events(EpochEnd.class)).hasSize(1);
        assertThat(course.next()).isEqualTo(new Next.Save(true));
        course.saved(snapshot);
        assertThat(course.next()).isEqualTo(new Next.Steps(6));

        assertThat(saving.checkpoints()).hasSize(1);
        assertThat(saving.checkpoints().getFirst().snapshot()).isEqualTo(snapshot.with(course.progress()));
        assertThat(saving.checkpoints().getFirst().evaluations())
                .containsEntry("validation", evaluation(2))
                .containsEntry("test", evaluation(3));
    }

    @Test
    void theLossOfAnEpochIsTheMeanOverItsSamples() {
        Course course = course(new PlanBuilder().epochs(2));

        steps(course, 1, 2, 4, 8, 8, 8);

        assertThat(recorder.events(EpochEnd.class))
                .extracting(EpochEnd::loss)
                .containsExactly((8 * 1 + 8 * 2 + 6 * 4) / 22.0, 8.0);
    }

    @Test
    void everyStepIsProgressWithinItsEpoch() {
        Course course = course(new PlanBuilder().epochs(2));

        for (double loss : List.of(1.0, 2.0, 3.0, 4.0)) {
            now += 500_000_000;
            stepped(course, loss);
        }

        List<Step> steps = recorder.events(Step.class);
        assertThat(steps)
                .extracting(Step::epoch, Step::stepInEpoch, Step::stepsPerEpoch, Step::loss)
                .containsExactly(
                        tuple(1, 1L, 3L, 1.0), tuple(1, 2L, 3L, 2.0), tuple(1, 3L, 3L, 3.0), tuple(2, 1L, 3L, 4.0));
        assertThat(steps)
                .extracting(Step::step, Step::learningRate, Step::gradientNorms)
                .startsWith(tuple(1L, 0.01, List.of()), tuple(2L, 0.01, List.of()))
                .endsWith(tuple(4L, 0.01, List.of()));
        // 8 + 8 samples in a second, then 6 + 8; told one by one, 8 in half a second, then 8 again and 6
        assertThat(steps.get(1).samplesPerSecond(null)).isEqualTo(16);
        assertThat(steps.get(3).samplesPerSecond(steps.get(1))).isEqualTo(14);
        assertThat(steps.get(0).samplesPerSecond(null)).isEqualTo(16);
        assertThat(steps.get(1).samplesPerSecond(steps.get(0))).isEqualTo(16);
        assertThat(steps.get(2).samplesPerSecond(steps.get(1))).isEqualTo(12);
    }

    @Test
    void aStepsRateIsThatOfTheScheduleAndItsSpeedKnowsNoEvaluation() {
        UpdatePolicy policy =
                new UpdatePolicy(new Optimizer.Sgd(0.5), new LearningRate.Step(1, 0.1), 3, GradientShaping.NONE);
        Course course = course(new PlanBuilder().policy(policy).test(TESTED));
        steps(course, 1, 1, 1);
        now += 5_000_000_000L;
        course.evaluated(evaluation(1));
        now += 1_000_000_000;
        steps(course, 1);

        List<Step> steps = recorder.events(Step.class);
        assertThat(steps.getLast()).isEqualTo(new Step(4, 3, 1, 0.05, new Stretch(3, 8, 1_000_000_000), List.of()));
        assertThat(steps.getLast().samplesPerSecond(steps.get(1))).isEqualTo(8);
        assertThat(recorder.events(EpochEnd.class))
                .extracting(EpochEnd::learningRate)
                .containsExactly(0.5);
    }

    /** A rank that was lost: training goes on from the same step, with another clock. */
    @Test
    void theSpeedOfAStretchThatIsBegunAgainKnowsNothingOfTheFirst() {
        Step before = new Step(5, 3, 1, 0.1, new Stretch(0, 38, 9_000_000_000L), List.of());
        Step after = new Step(6, 3, 1, 0.1, new Stretch(0, 44, 4_000_000_000L), List.of());

        assertThat(after.samplesPerSecond(before)).isEqualTo(11);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void aLossThatIsNoNumberEndsTheRunWithTheRemedy(double loss) {
        Course course = course(new PlanBuilder());
        steps(course, 1, 1);

        assertThatIllegalStateException()
                .isThrownBy(() -> stepped(course, loss))
                .withMessage("loss: " + loss
                        + " at step 3 (expected: a finite number); lower the learning rate or clip the gradients");
    }

    @Test
    void whatNobodyAskedForIsRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> course(new PlanBuilder()).evaluated(evaluation(1)))
                .withMessage("evaluation without having asked (expected: after Evaluate)");
        assertThatIllegalStateException()
                .isThrownBy(() -> course(new PlanBuilder()).saved(new Snapshot(0, List.of(), List.of())))
                .withMessage("snapshot without having asked (expected: after Save)");
    }

    @Test
    void aResumedRunGoesOnWithinItsEpoch() {
        Snapshot snapshot = new Snapshot(4, List.of(), List.of());
        Course course = course(new PlanBuilder().epochs(2).resume(snapshot));

        assertThat(course.next()).isEqualTo(new Next.Steps(6));
        steps(course, 5);
        assertThat(recorder.events(Step.class))
                .extracting(Step::epoch, Step::stepInEpoch, Step::stepsPerEpoch, Step::loss)
                .containsExactly(tuple(2, 2L, 3L, 5.0));
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 10})
    void aRunResumedAtItsEndIsFinished(long step) {
        Course course = course(new PlanBuilder().resume(new Snapshot(step, List.of(), List.of())));

        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.COMPLETED));
    }

    @Test
    void theResultCountsTrainingTimeWithoutEvaluation() {
        Course course = course(new PlanBuilder().epochs(2).validation(HELD_OUT));
        Snapshot snapshot = new Snapshot(6, List.of(), List.of());
        for (int epoch = 0; epoch < 2; epoch++) {
            steps(course, 3, 2);
            now += 2_000_000_000L;
            steps(course, 1 + epoch);
            now += 5_000_000_000L;
            course.evaluated(evaluation(epoch));
        }

        RunResult result = course.result(Reason.COMPLETED, snapshot, PipelineFigures.sequential(List.of()));

        assertThat(result)
                .isEqualTo(new RunResult(
                        Reason.COMPLETED,
                        6,
                        2,
                        result.evaluations(),
                        11,
                        14,
                        snapshot,
                        PipelineFigures.sequential(List.of())));
        assertThat(result.evaluations()).containsEntry("validation", evaluation(1));
        assertThat(recorder.events(EpochEnd.class))
                .extracting(EpochEnd::samplesPerSecond)
                .containsExactly(11.0, 11.0);
    }
}
