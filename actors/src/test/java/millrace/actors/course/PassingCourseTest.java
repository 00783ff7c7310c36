package millrace.actors.course;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.course.Course.Next;
import millrace.actors.course.Course.Pass;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.EvaluationDone;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Watching;
import millrace.nn.infer.Evaluation;
import millrace.nn.stage.LossSum;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;

/** A stream goes on where it is evaluated. Three steps an epoch: of 8, 8 and 6 samples. */
class PassingCourseTest {
    private final Recorder recorder = Recorder.ofEvents();
    private long now = 1_000_000_000;

    private static PlanBuilder plan() {
        return new PlanBuilder()
                .line(2, "1f1b", 1)
                .validation(PlanBuilder.data(4, 2))
                .test(PlanBuilder.data(5, 3));
    }

    private static RunPlan stream(PlanBuilder plan) {
        return plan.build().streamed(new StreamSpec(2, 1, 0, WeightPolicy.STASH));
    }

    private Course course(RunPlan plan, boolean isSaved) {
        return Course.ofLine(plan, recorder, () -> now, isSaved);
    }

    private void steps(Course course, double... losses) {
        for (double loss : losses) {
            int rows = course.step() % 3 == 2 ? 6 : 8;
            now += rows * 1_000_000_000L;
            course.stepped(new LossSum(loss * rows, rows), List.of());
        }
    }

    private static Evaluation evaluation(double loss) {
        return new Evaluation(4, loss, List.of());
    }

    @Test
    void anEpochIsToldWithItsOwnFiguresWhenItsEvaluationIsThere() {
        Course course = course(stream(plan()), false);

        assertThat(course.next()).isEqualTo(new Next.Steps(9));
        assertThat(course.limit()).isEqualTo(3);
        assertThat(course.mayPass()).isTrue();
        assertThat(course.pass()).isEqualTo(new Pass(3, List.of("validation", "test"), false));
        assertThat(course.limit()).isEqualTo(6);
        assertThat(course.mayPass()).as("one at a time").isFalse();
        steps(course, 1, 2, 3, 10, 20);
        course.evaluated(evaluation(0.5));
        assertThat(recorder.events(EpochEnd.class)).isEmpty();
        assertThat(course.isPassing()).isTrue();
        course.evaluated(evaluation(0.6));

        assertThat(course.isPassing()).isFalse();
        assertThat(recorder.events(EpochEnd.class)).singleElement().satisfies(end -> {
            assertThat(end.epoch()).isEqualTo(1);
            assertThat(end.step()).isEqualTo(3);
            assertThat(end.loss()).isEqualTo((8 * 1 + 8 * 2 + 6 * 3) / 22.0);
            assertThat(end.samplesPerSecond()).isEqualTo(1);
            assertThat(end.evaluations()).isEqualTo(Map.of("validation", evaluation(0.5), "test", evaluation(0.6)));
        });
        assertThat(recorder.events(Step.class).getLast().stretch().samples())
                .as("it has not stood still")
                .isEqualTo(38);
        assertThat(course.mayPass()).isTrue();
        assertThat(course.pass().step()).isEqualTo(6);
        steps(course, 30);
        course.evaluated(evaluation(0.1));
        course.evaluated(evaluation(0.2));
        assertThat(recorder.events(EpochEnd.class).getLast().loss()).isEqualTo((8 * 10 + 8 * 20 + 6 * 30) / 22.0);
        steps(course, 1, 1, 1);
        assertThat(course.next()).as("at its end the run stops").isInstanceOf(Next.Evaluate.class);
        course.evaluated(evaluation(0.1));
        course.evaluated(evaluation(0.2));
        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.COMPLETED));
    }

    @Test
    void evaluationsMayComeBeforeTheLossOfTheirStep() {
        Course course = course(stream(plan()), false);
        course.pass();
        steps(course, 1, 1);
        course.evaluated(evaluation(0.5));
        course.evaluated(evaluation(0.6));
        assertThat(recorder.events(EpochEnd.class)).isEmpty();
        assertThatIllegalStateException().isThrownBy(() -> course.evaluated(evaluation(0.7)));
        steps(course, 1);

        assertThat(recorder.events(EpochEnd.class)).hasSize(1);
    }

    @Test
    void aLineThatComesToTheNextPlaceTooEarlyWaitsThere() {
        Course course = course(stream(plan()), true);
        course.pass();
        steps(course, 1, 1, 1, 4, 5, 6);
        assertThat(course.next()).isEqualTo(new Next.Steps(9));
        assertThat(course.mayPass()).isFalse();
        now += 1_000_000_000_000L;
        course.evaluated(evaluation(0.5));
        course.evaluated(evaluation(0.6));
        assertThat(recorder.events(EpochEnd.class)).hasSize(1);
        assertThat(course.mayPass()).isTrue();
        assertThat(course.pass().step()).isEqualTo(6);
        assertThat(course.here()).isEmpty();
        steps(course, 1);
        course.evaluated(evaluation(0.4));
        course.evaluated(evaluation(0.3));

        assertThat(recorder.events(EpochEnd.class).getLast()).satisfies(end -> {
            assertThat(end.step()).isEqualTo(6);
            assertThat(end.loss()).isEqualTo((8 * 4 + 8 * 5 + 6 * 6) / 22.0);
            assertThat(end.samplesPerSecond()).as("waiting is no training").isEqualTo(1);
        });
        assertThat(recorder.events(Step.class).getLast().stretch()).satisfies(stretch -> {
            assertThat(stretch.from()).isEqualTo(6);
            assertThat(stretch.samples()).isEqualTo(8);
        });
        assertThat(course.atMark())
                .hasValueSatisfying(settled -> assertThat(settled.step()).isEqualTo(6));
    }

    @Test
    void aLineThatWaitsCanBeInterrupted() {
        Course course = course(stream(plan()), false);
        course.pass();
        steps(course, 1, 1, 1, 1, 1, 1);
        course.interrupt(6);
        assertThat(course.next()).isEqualTo(new Next.Steps(6));
        course.evaluated(evaluation(0.5));
        course.evaluated(evaluation(0.6));

        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.INTERRUPTED));
        assertThat(course.progress().epochSamples())
                .as("to be evaluated when it goes on")
                .isEqualTo(22);
    }

    @Test
    void theEndOfTheRunWaitsForTheEvaluationBefore() {
        Course course = course(stream(plan().steps(4)), false);
        course.pass();
        steps(course, 1, 1, 1, 1);
        assertThat(course.next()).isEqualTo(new Next.Steps(4));
        now += 1_000_000_000_000L;
        course.evaluated(evaluation(0.5));
        course.evaluated(evaluation(0.5));

        assertThat(course.next()).isInstanceOf(Next.Evaluate.class);
        course.evaluated(evaluation(0.4));
        course.evaluated(evaluation(0.4));
        assertThat(recorder.events(EpochEnd.class)).extracting(EpochEnd::step).containsExactly(3L, 4L);
        assertThat(recorder.events(EpochEnd.class))
                .extracting(EpochEnd::samplesPerSecond)
                .as("waiting is no training")
                .containsOnly(1.0);
        assertThat(course.trainedSeconds()).isEqualTo(30);
    }

    @Test
    void aCheckpointOfAnEpochHasWhatFollowsFromItsEvaluation() {
        Course course = course(stream(plan()), true);
        Course stopping = new Course(stream(plan()), Recorder.ofEvents(), () -> now, true);
        assertThat(course.pass()).isEqualTo(new Pass(3, List.of("validation", "test"), true));
        steps(course, 3, 2, 1);
        assertThat(course.here()).as("the evaluation is missing").isEmpty();
        steps(course, 7);
        assertThat(course.here()).isEmpty();
        course.evaluated(evaluation(0.5));
        course.evaluated(evaluation(0.6));

        steps(stopping, 3, 2, 1);
        stopping.evaluated(evaluation(0.5));
        stopping.evaluated(evaluation(0.6));
        assertThat(stopping.next()).isEqualTo(new Next.Save(true));
        assertThat(course.atMark()).isEqualTo(stopping.here()).isNotEqualTo(Optional.empty());
        assertThat(course.here())
                .hasValueSatisfying(here -> assertThat(here.step()).isEqualTo(4));
    }

    @Test
    void withoutSetsAnEpochIsSavedAllTheSame() {
        Course course = course(stream(new PlanBuilder().line(2, "1f1b", 1)), true);
        assertThat(course.pass()).isEqualTo(new Pass(3, List.of(), true));
        steps(course, 3, 2, 1);

        assertThat(course.atMark())
                .hasValueSatisfying(
                        settled -> assertThat(settled.progress().bestStep()).isEqualTo(3));
        assertThat(recorder.events(EpochEnd.class)).hasSize(1);
    }

    @Test
    void withinEpochsTooAndNothingIsSavedThere() {
        Course course = course(stream(plan()).evaluated(2), true);
        assertThat(course.pass()).isEqualTo(new Pass(2, List.of("validation", "test"), false));
        steps(course, 1, 1);
        course.evaluated(evaluation(0.5));
        course.evaluated(evaluation(0.6));
        assertThat(recorder.events(EvaluationDone.class))
                .extracting(EvaluationDone::step)
                .containsExactly(2L);
        assertThat(course.atMark()).isEmpty();
        assertThat(course.pass().step()).isEqualTo(3);
        steps(course, 1);
        course.evaluated(evaluation(0.5));
        course.evaluated(evaluation(0.6));
        assertThat(course.limit()).isEqualTo(4);
    }

    @Test
    void anInterruptedRunEndsWhenTheEvaluationUnderWayIsOver() {
        Course course = course(stream(plan()), false);
        course.pass();
        steps(course, 1, 1);
        course.interrupt(3);
        steps(course, 1);
        assertThat(course.next()).isEqualTo(new Next.Steps(3));
        course.evaluated(evaluation(0.5));
        course.evaluated(evaluation(0.6));

        assertThat(recorder.events(EpochEnd.class)).hasSize(1);
        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.INTERRUPTED));
        assertThat(course.progress().epochSamples()).as("the epoch is closed").isZero();
    }

    @Test
    void whereTheEvaluationDecidesTheLineStops() {
        Course stops = course(stream(plan()).watching(Watching.stopping(Optional.of(2))), false);
        assertThat(stops.next()).isEqualTo(new Next.Steps(3));
        assertThat(stops.limit()).isEqualTo(3);
        assertThat(stops.mayPass()).isFalse();
        assertThatIllegalStateException().isThrownBy(stops::pass);

        Course flushing = course(plan().build(), false);
        assertThat(flushing.next()).isEqualTo(new Next.Steps(3));
        assertThat(flushing.mayPass()).isFalse();

        Course weightsWanted = Course.ofLine(stream(plan()), Recorder.withCheckpoints(), () -> now, false);
        assertThat(weightsWanted.next()).isEqualTo(new Next.Steps(3));
        assertThat(weightsWanted.mayPass()).isFalse();
    }
}
