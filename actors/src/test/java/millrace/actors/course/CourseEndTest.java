package millrace.actors.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.course.Course.Next;
import millrace.actors.event.Recorder;
import millrace.actors.event.Recorder.Checkpoint;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.Start;
import millrace.actors.plan.Watching;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.optimizer.Plateau;
import millrace.nn.stage.LossSum;
import org.junit.jupiter.api.Test;

/** How a run of three steps an epoch ends before its time. */
class CourseEndTest {
    private static final Dataset HELD_OUT = PlanBuilder.data(4, 2);
    private static final Next INTERRUPTED = new Next.Finish(Reason.INTERRUPTED);

    private final Recorder recorder = Recorder.ofEvents();
    private final Recorder saving = Recorder.withCheckpoints();

    private static Course course(PlanBuilder plan, Recorder listener) {
        return new Course(plan.build(), listener, () -> 0);
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

    private static void evaluated(Course course, double loss) {
        course.evaluated(new Evaluation(4, loss, List.of()));
    }

    private static void saved(Course course) {
        course.saved(new Snapshot(course.step(), List.of(), List.of()));
    }

    /** Trains an epoch; the validation loss after it is given. */
    private static void epoch(Course course, double validationLoss) {
        steps(course, 1, 1, 1);
        evaluated(course, validationLoss);
    }

    @Test
    void epochsWithoutImprovementStopTheRun() {
        PlanBuilder plan = new PlanBuilder().epochs(9).validation(HELD_OUT).earlyStopping(2);
        Course course = course(plan, saving);

        for (double loss : new double[] {3, 2, 2.5}) {
            epoch(course, loss);
            saved(course);
        }
        assertThat(course.next()).isEqualTo(new Next.Steps(12));
        epoch(course, 2);
        assertThat(course.next()).isEqualTo(new Next.Save(false));
        saved(course);

        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.STOPPED_EARLY));
        assertThat(saving.checkpoints()).extracting(Checkpoint::improved).containsExactly(true, true, false, false);
    }

    @Test
    void anImprovementStartsThePatienceAnew() {
        PlanBuilder plan = new PlanBuilder().epochs(9).validation(HELD_OUT).earlyStopping(2);
        Course course = course(plan, recorder);

        for (double loss : new double[] {3, 4, 2, 4}) {
            epoch(course, loss);
        }
        assertThat(course.next()).isEqualTo(new Next.Steps(15));
        epoch(course, 4);
        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.STOPPED_EARLY));
    }

    @Test
    void anEvaluationThatIsNoNumberIsNoImprovementAndHidesNone() {
        PlanBuilder plan = new PlanBuilder().epochs(9).validation(HELD_OUT).earlyStopping(2);
        Course course = course(plan, recorder);

        for (double loss : new double[] {3, Double.NaN, 2, 4}) {
            epoch(course, loss);
        }

        assertThat(course.next()).isEqualTo(new Next.Steps(15));
    }

    /** What is known right after the last step of an epoch is from before its evaluation, which comes again, and saving too. */
    @Test
    void whoGoesOnRightAfterAnEpochsLastStepEvaluatesAndSavesAgain() {
        PlanBuilder plan = new PlanBuilder().epochs(9).validation(HELD_OUT).earlyStopping(2);
        Course course = course(plan, saving);
        epoch(course, 2);
        saved(course);
        steps(course, 1, 1, 3);
        CourseState made = course.made();
        evaluated(course, 1);
        saved(course);
        Recorder again = Recorder.withCheckpoints();

        Course second = new Course(plan.build().from(new Start(6, Map.of(), made)), again, () -> 0);

        assertThat(second.next()).isInstanceOf(Next.Evaluate.class);
        evaluated(second, 1);
        assertThat(second.next()).isEqualTo(new Next.Save(true));
        saved(second);
        assertThat(second.progress()).isEqualTo(course.progress());
        assertThat(again.events(EpochEnd.class))
                .extracting(EpochEnd::loss)
                .containsExactly(saving.events(EpochEnd.class).getLast().loss());
    }

    /** It is evaluated, but a run that goes on from there makes it whole, and counts it then. */
    @Test
    void aPartOfAnEpochCountsForNothingButTheBest() {
        Plateau plateau = new Plateau(0.5, 0, 1e-4, true, 0, 0, 1e-8);
        Watching watching = new Watching(Optional.of(2), false, Optional.of(plateau));
        PlanBuilder plan = new PlanBuilder().epochs(9).steps(5).validation(HELD_OUT);
        Course course = new Course(plan.build().watching(watching), recorder, () -> 0);
        epoch(course, 2);
        CourseState before = course.progress();

        steps(course, 3, 5);
        evaluated(course, 4);

        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.COMPLETED));
        assertThat(course.progress().plateau()).isEqualTo(before.plateau());
        assertThat(course.progress().epochsWithoutImprovement()).isZero();
        assertThat(course.progress().epochSamples()).isEqualTo(16);
        assertThat(course.progress().epochLossSum()).isEqualTo(64);
        assertThat(recorder.events(EpochEnd.class).getLast().loss()).isEqualTo(4);
    }

    @Test
    void runsThatAreThroughAreCompletedWhateverThePatience() {
        PlanBuilder plan = new PlanBuilder().epochs(2).validation(HELD_OUT).earlyStopping(1);
        Course course = course(plan, recorder);

        epoch(course, 1);
        epoch(course, 2);

        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.COMPLETED));
    }

    @Test
    void theTestSetIsWatchedWhereThereIsNoValidationSet() {
        Course course = course(new PlanBuilder().epochs(9).test(HELD_OUT).earlyStopping(1), recorder);

        epoch(course, 1);
        epoch(course, 2);

        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.STOPPED_EARLY));
    }

    @Test
    void theTrainingLossIsWatchedWhereNothingIsEvaluated() {
        Course course = course(new PlanBuilder().epochs(3), saving);

        for (double loss : new double[] {3, 4, 2}) {
            steps(course, loss, loss, loss);
            saved(course);
        }

        assertThat(saving.checkpoints()).extracting(Checkpoint::improved).containsExactly(true, false, true);
    }

    @Test
    void aRunWithoutSetsIsStoppedByItsTrainingLoss() {
        Course course = course(new PlanBuilder().epochs(9).earlyStopping(2), recorder);

        for (double loss : new double[] {3, 2, 2.5, 2}) {
            assertThat(course.next()).isInstanceOf(Next.Steps.class);
            steps(course, loss, loss, loss);
        }

        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.STOPPED_EARLY));
        assertThat(course.step()).isEqualTo(12);
    }

    @Test
    void aRunWithoutSetsHasItsRateFallByItsTrainingLoss() {
        Plateau plateau = new Plateau(0.5, 0, 1e-4, true, 0, 0, 1e-8);
        Watching watching = new Watching(Optional.empty(), false, Optional.of(plateau));
        Course course = new Course(new PlanBuilder().epochs(9).build().watching(watching), recorder, () -> 0);

        steps(course, 3, 3, 3);
        assertThat(course.rateScale()).isEqualTo(1);
        steps(course, 3, 3, 3);
        assertThat(course.rateScale()).isEqualTo(0.5);
    }

    @Test
    void anInterruptBetweenStepsFinishesAtOnce() {
        Course course = course(new PlanBuilder().validation(HELD_OUT), recorder);
        steps(course, 1);

        course.interrupt(1);

        assertThat(course.next()).isEqualTo(INTERRUPTED);
        assertThat(recorder.events(EpochEnd.class)).as("the epoch is not over").isEmpty();
    }

    @Test
    void stepsUnderWayAreMadeBeforeAnInterruptedRunEnds() {
        Course course = course(new PlanBuilder().validation(HELD_OUT), saving);
        steps(course, 1);

        course.interrupt(3);
        assertThat(course.next()).isEqualTo(new Next.Steps(3));
        course.interrupt(3);
        steps(course, 1, 1);
        assertThat(course.next()).isEqualTo(new Next.Save(false));
        saved(course);

        assertThat(course.next()).isEqualTo(INTERRUPTED);
        assertThat(saving.checkpoints()).extracting(c -> c.snapshot().step()).containsExactly(3L);
    }

    @Test
    void anInterruptBeforeTheFirstStepSavesTheStart() {
        Course course = course(new PlanBuilder(), saving);

        course.interrupt(0);
        assertThat(course.next()).isEqualTo(new Next.Save(false));
        saved(course);

        assertThat(course.next()).isEqualTo(INTERRUPTED);
    }

    @Test
    void anInterruptWhileEvaluatingLetsTheEpochEnd() {
        Course course = course(new PlanBuilder().validation(HELD_OUT), saving);
        steps(course, 1, 1, 1);

        course.interrupt(3);
        assertThat(course.next()).isEqualTo(new Next.Evaluate("validation", HELD_OUT));
        evaluated(course, 1);
        assertThat(saving.events(EpochEnd.class)).hasSize(1);
        assertThat(course.next()).isEqualTo(new Next.Save(true));
        saved(course);

        assertThat(course.next()).isEqualTo(INTERRUPTED);
    }

    @Test
    void anInterruptWhileSavingIsTheEnd() {
        Course course = course(new PlanBuilder(), saving);
        steps(course, 1, 1, 1);

        course.interrupt(3);
        assertThat(course.next()).isEqualTo(new Next.Save(true));
        saved(course);

        assertThat(course.next()).isEqualTo(INTERRUPTED);
        assertThat(saving.checkpoints()).hasSize(1);
    }

    @Test
    void anInterruptAfterTheEndChangesNothing() {
        Course course = course(new PlanBuilder().epochs(1), recorder);
        steps(course, 1, 1, 1);

        course.interrupt(3);

        assertThat(course.next()).isEqualTo(new Next.Finish(Reason.COMPLETED));
    }
}
