package millrace.actors.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import millrace.actors.TestKitExtension;
import millrace.actors.event.Recorder;
import millrace.actors.event.Recorder.Checkpoint;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.event.TrainingEvent.Stretch;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.actor.TrainerProtocol.Message;
import millrace.actors.run.SequentialRun;
import millrace.actors.trace.FlightRecorders;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.Sgd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A trainer with its stages as actors, compared with the sequential run. */
@Isolated("short times until a stall is noticed")
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrainerTest {
    private static final Duration STALL_CHECK = Duration.ofMillis(100);

    @RegisterExtension
    static final TestKitExtension AKKA = new TestKitExtension();

    private static RunResult pipeline(RunPlan plan, TrainingListener listener) {
        CompletableFuture<RunResult> result = new CompletableFuture<>();
        ActorRef<Message> trainer = AKKA.kit()
                .spawn(Trainer.create(
                        Trainer.here(plan, listener, Optional.empty(), new FlightRecorders()), STALL_CHECK, result));
        TestProbe<Message> probe = AKKA.kit().createTestProbe();
        probe.expectTerminated(trainer);
        return result.join();
    }

    private static RunResult sequential(RunPlan plan, TrainingListener listener) {
        return new SequentialRun(plan, listener).run();
    }

    private static Optimizer optimizer(String name) {
        return name.equals("adam") ? new Adam(1e-2) : new Sgd(0.1, 0.9);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1f1b, 1, adam",
        "1, gpipe, 4, sgd",
        "1, 1f1b, 8, adam",
        "2, 1f1b, 1, sgd",
        "2, 1f1b, 2, adam",
        "2, 1f1b, 4, sgd",
        "2, gpipe, 1, adam",
        "2, gpipe, 2, sgd",
        "2, gpipe, 4, adam",
        "3, 1f1b, 1, adam",
        "3, 1f1b, 2, sgd",
        "3, 1f1b, 4, adam",
        "3, gpipe, 1, sgd",
        "3, gpipe, 2, adam",
        "3, gpipe, 4, sgd",
        "4, 1f1b, 8, adam"
    })
    void aLineOfActorsEqualsTheSequentialRunToTheBit(int stages, String schedule, int microBatches, String optimizer) {
        RunPlan plan = new PlanBuilder()
                .line(stages, schedule, microBatches)
                .optimizer(optimizer(optimizer))
                .build();
        Recorder expected = Recorder.ofEvents();
        Recorder told = Recorder.ofEvents();

        RunResult reference = sequential(plan, expected);
        RunResult result = pipeline(plan, told);

        assertThat(result.reason()).isEqualTo(Reason.COMPLETED);
        assertThat(result.steps()).isEqualTo(9);
        assertThat(result.loss()).isEqualTo(reference.loss());
        assertThat(told.losses()).isEqualTo(expected.losses());
        assertThat(result.finalState().weightsSha256())
                .isEqualTo(reference.finalState().weightsSha256());
    }

    @ParameterizedTest
    @CsvSource({"1, 1f1b, 2", "2, gpipe, 4", "3, 1f1b, 2"})
    void evaluationsAndCheckpointsAreThoseOfTheSequentialRun(int stages, String schedule, int microBatches) {
        RunPlan plan = new PlanBuilder()
                .line(stages, schedule, microBatches)
                .validation(PlanBuilder.data(13, 2))
                .test(PlanBuilder.data(30, 3))
                .epochs(4)
                .build();
        Recorder expected = Recorder.withCheckpoints();
        Recorder told = Recorder.withCheckpoints();

        RunResult reference = sequential(plan, expected);
        RunResult result = pipeline(plan, told);

        assertThat(result.evaluations()).isEqualTo(reference.evaluations()).containsOnlyKeys("validation", "test");
        assertThat(stepsWithoutSpeed(told))
                .isEqualTo(stepsWithoutSpeed(expected))
                .hasSize(12);
        assertThat(withoutSpeed(told)).isEqualTo(withoutSpeed(expected)).hasSize(4);
        assertThat(told.checkpoints()).hasSameSizeAs(expected.checkpoints());
        for (int i = 0; i < told.checkpoints().size(); i++) {
            Checkpoint checkpoint = told.checkpoints().get(i);
            Checkpoint other = expected.checkpoints().get(i);
            assertThat(checkpoint.snapshot().step()).isEqualTo(3L * (i + 1));
            assertThat(checkpoint.snapshot().weightsSha256())
                    .isEqualTo(other.snapshot().weightsSha256());
            assertThat(checkpoint.evaluations()).isEqualTo(other.evaluations());
            assertThat(checkpoint.improved()).isEqualTo(other.improved());
        }
    }

    private static List<Step> stepsWithoutSpeed(Recorder recorder) {
        return recorder.events(Step.class).stream()
                .map(e -> new Step(
                        e.step(),
                        e.stepsPerEpoch(),
                        e.loss(),
                        e.learningRate(),
                        new Stretch(e.stretch().from(), e.stretch().samples(), 0),
                        e.gradientNorms()))
                .toList();
    }

    private static List<EpochEnd> withoutSpeed(Recorder recorder) {
        return recorder.events(EpochEnd.class).stream()
                .map(e -> new EpochEnd(
                        e.epoch(), e.step(), e.loss(), e.learningRate(), e.evaluations(), 0, e.gradientNorms()))
                .toList();
    }

    @Test
    void earlyStoppingStopsWhereTheSequentialRunDoes() {
        RunPlan plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .validation(PlanBuilder.data(13, 9))
                .optimizer(new Sgd(2))
                .epochs(50)
                .earlyStopping(2)
                .build();

        RunResult reference = sequential(plan, TrainingListener.SILENT);
        RunResult result = pipeline(plan, TrainingListener.SILENT);

        assertThat(reference.reason()).isEqualTo(Reason.STOPPED_EARLY);
        assertThat(result.reason()).isEqualTo(Reason.STOPPED_EARLY);
        assertThat(result.steps()).isEqualTo(reference.steps());
        assertThat(result.finalState().weightsSha256())
                .isEqualTo(reference.finalState().weightsSha256());
    }

    @Test
    void theSamePlanGivesTheSameWeightsAgainAndAnotherLineTheSameToo() {
        PlanBuilder plan = new PlanBuilder().line(3, "1f1b", 4);

        String first =
                pipeline(plan.build(), TrainingListener.SILENT).finalState().weightsSha256();
        String second =
                pipeline(plan.build(), TrainingListener.SILENT).finalState().weightsSha256();
        String other = pipeline(plan.line(2, "gpipe", 4).build(), TrainingListener.SILENT)
                .finalState()
                .weightsSha256();
        String longer = pipeline(plan.epochs(4).build(), TrainingListener.SILENT)
                .finalState()
                .weightsSha256();

        assertThat(List.of(second, other)).containsOnly(first);
        assertThat(longer).isNotEqualTo(first);
    }

    @Test
    void aRunWithNothingToDoEndsWithTheWeightsItBeganWith() {
        PlanBuilder plan = new PlanBuilder().line(2, "1f1b", 2);
        RunResult through = pipeline(plan.build(), TrainingListener.SILENT);

        RunResult again = pipeline(plan.resume(through.finalState()).build(), TrainingListener.SILENT);

        assertThat(again.reason()).isEqualTo(Reason.COMPLETED);
        assertThat(again.steps()).isEqualTo(9);
        assertThat(again.finalState().weightsSha256())
                .isEqualTo(through.finalState().weightsSha256());
    }

    @Test
    void aTrainerThatIsStoppedEndsTheRunWithAnError() {
        RunPlan plan = new PlanBuilder().line(2, "1f1b", 2).epochs(1_000_000).build();
        CompletableFuture<RunResult> result = new CompletableFuture<>();
        CompletableFuture<Void> underWay = new CompletableFuture<>();
        Recorder listener = Recorder.ofEvents().also(event -> underWay.complete(null));
        ActorRef<Message> trainer = AKKA.kit()
                .spawn(Trainer.create(
                        Trainer.here(plan, listener, Optional.empty(), new FlightRecorders()), STALL_CHECK, result));
        underWay.join();

        AKKA.kit().stop(trainer);

        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(result::join)
                .withMessageContaining("the trainer was stopped before the end");
    }
}
