package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.actors.event.Recorder;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.actor.RankFailure;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.SequentialRun;
import millrace.nn.layer.Layers;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever goes wrong ends the run with its cause, and soon. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingRunTest {
    /** Three stages; in the middle one a layer that can fail. Two micro-batches, three steps an epoch. */
    private static RunPlan plan(HostileLayer hostile) {
        Model model = Model.of(
                Shape.of(6), Layers.dense(5), Layers.relu(), Layers.dense(5), hostile, Layers.relu(), Layers.dense(3));
        return new PlanBuilder()
                .model(model)
                .line(3, "1f1b", 2)
                .validation(PlanBuilder.data(20, 2))
                .build();
    }

    private static void run(RunPlan plan, TrainingListener listener) {
        assertThat(PipelineRun.start(plan, listener).await())
                .as("the run should fail")
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "FORWARD, 0, 'stage 1, step 0, action 1F0'",
        "FORWARD, 5, 'stage 1, step 2, action 1F1'",
        "BACKWARD, 0, 'stage 1, step 0, action 1B0'",
        "BACKWARD, 3, 'stage 1, step 1, action 1B1'",
        "INFERENCE, 0, 'rank 1, step 3'"
    })
    void aFailingKernelEndsTheRunWithStageStepAndAction(HostileLayer.Place place, long microBatch, String where) {
        RunPlan plan = plan(new HostileLayer(place, microBatch, new IllegalArgumentException("the kernel broke")));

        assertThatExceptionOfType(RankFailure.class)
                .isThrownBy(() -> run(plan, TrainingListener.SILENT))
                .withMessage(where + ": the kernel broke")
                .withCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anErrorEndsTheRunToo() {
        RunPlan plan = plan(new HostileLayer(HostileLayer.Place.FORWARD, 2, new AssertionError("never true")));

        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> run(plan, TrainingListener.SILENT))
                .havingCause()
                .isInstanceOf(AssertionError.class)
                .withMessage("never true");
    }

    /** Of these Akka would end the JVM, and a program that uses Millrace as a library with it. */
    static Stream<Error> errorsOfTheJvm() {
        return Stream.of(
                new NoClassDefFoundError("jdk/incubator/vector/Vector"),
                new OutOfMemoryError("Java heap space"),
                new StackOverflowError("too deep"));
    }

    @ParameterizedTest
    @MethodSource("errorsOfTheJvm")
    void anErrorOfTheJvmEndsTheRunAndNotTheJvm(Error error) {
        RunPlan plan = plan(new HostileLayer(HostileLayer.Place.BACKWARD, 2, error));

        assertThatExceptionOfType(RankFailure.class)
                .isThrownBy(() -> run(plan, TrainingListener.SILENT))
                .withMessage("stage 1, step 1, action 1B0: " + error)
                .withCause(error);
    }

    /** Where none of our actors is asked: the actor system itself ends, and the run must not wait for it for ever. */
    @Test
    void anErrorOfTheJvmInAListenerEndsTheRunToo() {
        assertThatIllegalStateException()
                .isThrownBy(() -> run(new PlanBuilder().line(2, "1f1b", 2).build(), event -> {
                    throw new OutOfMemoryError("Java heap space");
                }))
                .withMessageContaining("java.lang.OutOfMemoryError: Java heap space");
    }

    @Test
    void aLossThatIsNoNumberEndsTheRunWithTheRemedy() {
        RunPlan plan =
                new PlanBuilder().line(2, "1f1b", 2).optimizer(new Sgd(1e30)).build();

        assertThatIllegalStateException()
                .isThrownBy(() -> run(plan, TrainingListener.SILENT))
                .withMessageMatching("loss: (NaN|Infinity) at step [2-9] \\(expected: a finite number\\);"
                        + " lower the learning rate or clip the gradients");
        assertThatIllegalStateException()
                .isThrownBy(() -> new SequentialRun(plan, TrainingListener.SILENT).run())
                .withMessageStartingWith("loss: ");
    }

    @ParameterizedTest
    @CsvSource({"1", "3", "4", "9"})
    void aListenerThatThrowsOnAStepEndsTheRun(int step) {
        Recorder recorder = Recorder.ofEvents();
        recorder.also(event -> {
            if (event instanceof Step && recorder.losses().size() == step) {
                throw new UnsupportedOperationException("no more");
            }
        });
        assertListenerEndsTheRun(recorder);
    }

    @Test
    void aListenerThatThrowsAfterAnEpochEndsTheRun() {
        assertListenerEndsTheRun(Recorder.withCheckpoints().also(event -> {
            if (event instanceof EpochEnd) {
                throw new UnsupportedOperationException("no more");
            }
        }));
    }

    private static void assertListenerEndsTheRun(TrainingListener listener) {
        RunPlan plan = new PlanBuilder()
                .line(2, "1f1b", 2)
                .validation(PlanBuilder.data(20, 2))
                .build();

        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> run(plan, listener))
                .withMessage("no more");
    }
}
