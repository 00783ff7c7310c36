package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.Start;
import millrace.actors.run.DelayedRun;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.SequentialRun;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs in an actor system of their own: their end, and their end before its time. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PipelineRunTest {
    /** Twelve steps an epoch, 84 in all. */
    private static PlanBuilder plan() {
        return new PlanBuilder()
                .line(2, "1f1b", 4)
                .train(PlanBuilder.data(94, 1))
                .epochs(7);
    }

    // more than are ever granted at once
    private static final long LONG = 600;

    private static PlanBuilder longPlan() {
        return plan().epochs(50);
    }

    /** Runs the plan and interrupts it at the first event that is waited for. */
    private static RunResult interrupted(RunPlan plan, Recorder listener, Predicate<TrainingEvent> at) {
        CompletableFuture<PipelineRun> started = new CompletableFuture<>();
        listener.also(event -> {
            if (at.test(event)) {
                started.join().interrupt();
            }
        });
        PipelineRun run = PipelineRun.start(plan, listener);
        started.complete(run);
        return run.await();
    }

    private static String sha(Snapshot snapshot) {
        return snapshot.weightsSha256();
    }

    @Test
    void aRunOfItsOwnEqualsTheSequentialRunToTheBit() {
        RunResult expected = new SequentialRun(plan().build(), TrainingListener.SILENT).run();

        RunResult result =
                PipelineRun.start(plan().build(), TrainingListener.SILENT).await();

        assertThat(result.reason()).isEqualTo(Reason.COMPLETED);
        assertThat(result.steps()).isEqualTo(84);
        assertThat(result.seconds()).isPositive();
        assertThat(result.samplesPerSecond()).isPositive();
        assertThat(sha(result.finalState())).isEqualTo(sha(expected.finalState()));
    }

    @ParameterizedTest
    @CsvSource({"5, adam", "12, sgd", "30, sgd"})
    void anInterruptedRunEndsAtAStepFromWhichItCanGoOn(long step, String name) {
        Optimizer optimizer = name.equals("adam") ? new Adam(1e-2) : new Sgd(0.1, 0.9);
        Recorder listener = Recorder.ofEvents();

        RunResult stopped = interrupted(
                longPlan().optimizer(optimizer).build(),
                listener,
                event -> event instanceof Step && listener.losses().size() == step);
        assertThat(stopped.reason()).isEqualTo(Reason.INTERRUPTED);
        assertThat(stopped.steps()).isBetween(step, LONG - 1);
        assertThat(stopped.finalState().step()).isEqualTo(stopped.steps());
        assertThat(listener.losses()).hasSize((int) stopped.steps());
        RunPlan upToThere =
                longPlan().optimizer(optimizer).steps(stopped.steps()).build();
        assertThat(sha(stopped.finalState()))
                .isEqualTo(sha(new SequentialRun(upToThere, TrainingListener.SILENT)
                        .run()
                        .finalState()));

        RunPlan rest = longPlan()
                .optimizer(optimizer)
                .line(3, "gpipe", 4)
                .resume(stopped.finalState())
                .build();
        RunResult resumed = PipelineRun.start(rest, TrainingListener.SILENT).await();
        RunResult undisturbed =
                new SequentialRun(longPlan().optimizer(optimizer).build(), TrainingListener.SILENT).run();

        assertThat(resumed.steps()).isEqualTo(LONG);
        assertThat(sha(resumed.finalState())).isEqualTo(sha(undisturbed.finalState()));
        assertThat(resumed.loss()).isEqualTo(undisturbed.loss());
    }

    @ParameterizedTest
    @EnumSource(names = {"STASH", "LIVE", "PREDICT"})
    void anInterruptedStreamGoesOnToTheSameBit(WeightPolicy weights) {
        PlanBuilder builder = longPlan().line(3, "1f1b", 4).optimizer(new Sgd(0.05, 0.9));
        StreamSpec stream = new StreamSpec(3, 3, 0, weights);
        RunPlan whole = builder.build().streamed(stream);
        Recorder listener = Recorder.ofEvents();

        RunResult stopped = interrupted(
                whole,
                listener,
                event -> event instanceof Step && listener.losses().size() == 30);
        RunPlan rest = builder.resume(stopped.finalState()).build().streamed(stream);
        RunResult resumed = PipelineRun.start(rest, TrainingListener.SILENT).await();
        RunResult undisturbed = new DelayedRun(whole, TrainingListener.SILENT).run();

        assertThat(stopped.steps()).isBetween(30L, LONG - 1);
        assertThat(resumed.steps()).isEqualTo(LONG);
        assertThat(sha(resumed.finalState())).isEqualTo(sha(undisturbed.finalState()));
        assertThat(resumed.loss()).isEqualTo(undisturbed.loss());
    }

    @Test
    void anInterruptAtTheEndOfAnEpochLetsItBeEvaluatedAndSaved() {
        Recorder listener = Recorder.withCheckpoints();
        RunPlan plan = plan().validation(PlanBuilder.data(20, 2)).build();

        RunResult result = interrupted(plan, listener, event -> event instanceof Step p && p.stepInEpoch() == 12);

        assertThat(result.reason()).isEqualTo(Reason.INTERRUPTED);
        assertThat(result.steps()).isEqualTo(12);
        assertThat(listener.events(EpochEnd.class)).hasSize(1);
        assertThat(listener.checkpoints()).hasSize(1);
        assertThat(sha(listener.checkpoints().getFirst().snapshot())).isEqualTo(sha(result.finalState()));
    }

    @Test
    void anInterruptWhileSavingEndsAfterTheCheckpoint() {
        Recorder listener = Recorder.withCheckpoints();

        RunResult result = interrupted(plan().build(), listener, event -> event instanceof EpochEnd);

        assertThat(result.reason()).isEqualTo(Reason.INTERRUPTED);
        assertThat(result.steps()).isEqualTo(12);
        assertThat(listener.checkpoints()).hasSize(1);
    }

    @Test
    void severalInterruptsAreOne() {
        RunResult result = interrupted(plan().build(), Recorder.withCheckpoints(), event -> event instanceof Step);

        assertThat(result.reason()).isEqualTo(Reason.INTERRUPTED);
        assertThat(result.steps()).isBetween(1L, 83L);
    }

    @Test
    void aSequentialRunCanBeInterruptedTooAndEndsAtOnce() {
        Recorder listener = Recorder.withCheckpoints();
        SequentialRun run = new SequentialRun(plan().build(), listener);
        listener.also(event -> {
            if (listener.losses().size() == 5) {
                run.interrupt();
            }
        });

        RunResult result = run.run();

        assertThat(result.reason()).isEqualTo(Reason.INTERRUPTED);
        assertThat(result.steps()).isEqualTo(5);
        assertThat(listener.checkpoints()).extracting(c -> c.snapshot().step()).containsExactly(5L);
    }

    @Test
    void aCheckpointOfAnotherModelEndsTheRunBeforeItBegins() {
        Snapshot snapshot = new SequentialRun(plan().steps(1).build(), TrainingListener.SILENT)
                .run()
                .finalState();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (NamedTensor weight : snapshot.weights()) {
            tensors.put(weight.name(), weight.tensor());
        }
        tensors.remove("7.bias");
        RunPlan plan = plan().start(new Start(1, tensors)).build();

        for (Runnable run : List.<Runnable>of(
                () -> PipelineRun.start(plan, TrainingListener.SILENT).await(),
                () -> new SequentialRun(plan, TrainingListener.SILENT).run())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(run::run)
                    .withMessage("checkpoint: no tensor 7.bias (expected: one of shape 3); is it of another model?");
        }
    }
}
