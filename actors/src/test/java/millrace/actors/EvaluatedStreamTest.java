package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.EvaluationDone;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.plan.Watching;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Lines of actors without a flush that are evaluated and saved while they train on, against the reference, which stops. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EvaluatedStreamTest {
    private static final int EPOCHS = 4;
    private static final long STEPS = 3 * EPOCHS;
    private static final Duration AT_EPOCHS = Duration.ofDays(1);
    private static final Duration OFTEN = Duration.ofNanos(1);

    @TempDir
    private Path folder = Path.of("");

    /** Each evaluation takes longer than the training up to the next. */
    private static RunPlan plan(int stages, int accumulate, WeightPolicy policy, Start start) {
        return new PlanBuilder()
                .line(stages, "1f1b", 4)
                .optimizer(new Sgd(0.05, 0.9))
                .validation(PlanBuilder.data(9, 5))
                .test(PlanBuilder.data(150, 6))
                .epochs(EPOCHS)
                .start(start)
                .build()
                .streamed(new StreamSpec(stages, accumulate, 0, policy));
    }

    private static List<EpochEnd> withoutSpeed(Recorder told) {
        return told.events(EpochEnd.class).stream()
                .map(end -> new EpochEnd(
                        end.epoch(),
                        end.step(),
                        end.loss(),
                        end.learningRate(),
                        end.evaluations(),
                        0,
                        end.gradientNorms()))
                .toList();
    }

    /** How many steps had been made when the end of an epoch was told. */
    private static List<Long> stepsWhenTold(Recorder told) {
        List<Long> result = new ArrayList<>();
        long made = 0;
        for (TrainingEvent event : told.events(TrainingEvent.class)) {
            switch (event) {
                case Step step -> made = step.step();
                case EpochEnd _ -> result.add(made);
                default -> {}
            }
        }
        return result;
    }

    private static void assertSame(Recorder told, RunResult result, Recorder expected, RunResult reference) {
        assertThat(result.weightsSha256()).isEqualTo(reference.weightsSha256());
        assertThat(result.evaluations()).isEqualTo(reference.evaluations());
        assertThat(told.losses()).isEqualTo(expected.losses());
        assertThat(withoutSpeed(told)).isEqualTo(withoutSpeed(expected)).hasSize(EPOCHS);
        assertThat(told.events(EvaluationDone.class)).isEqualTo(expected.events(EvaluationDone.class));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, STASH, 0", "2, 1, STASH, 0", "3, 2, LIVE, 2", "3, 3, TWO_BUFFERS, 0", "4, 1, PREDICT, 1"})
    void whatIsToldIsWhatTheReferenceTellsAndComesWhileTheLineTrains(
            int stages, int accumulate, WeightPolicy policy, int jitter) {
        LinkSpec link = new LinkSpec(Duration.ZERO, Duration.ofMillis(jitter), Double.POSITIVE_INFINITY, 3);
        RunPlan plan = plan(stages, accumulate, policy, Start.FRESH);
        Recorder expected = Recorder.ofEvents();
        Recorder told = Recorder.ofEvents();
        RunResult reference = ReferenceRun.of(plan, expected).run();
        RunResult result = PipelineRun.start(plan.over(link), told).await();

        assertSame(told, result, expected, reference);
        assertThat(stepsWhenTold(expected)).containsExactly(3L, 6L, 9L, 12L);
        // the next place is waited for, and not passed before the evaluation is over
        assertThat(stepsWhenTold(told))
                .satisfiesExactly(
                        first -> assertThat(first).isBetween(3L, 6L),
                        second -> assertThat(second).isBetween(6L, 9L),
                        third -> assertThat(third).isBetween(9L, 12L),
                        last -> assertThat(last).isEqualTo(12))
                // the line trains on meanwhile; on a busy machine one evaluation may be over before the next step is
                .isNotEqualTo(stepsWhenTold(expected));
    }

    @Test
    void evaluationsWithinEpochsAreThoseOfTheReferenceToo() {
        RunPlan plan = plan(3, 2, WeightPolicy.STASH, Start.FRESH).evaluated(2);
        Recorder expected = Recorder.ofEvents();
        Recorder told = Recorder.ofEvents();
        RunResult reference = ReferenceRun.of(plan, expected).run();

        assertSame(told, PipelineRun.start(plan, told).await(), expected, reference);
        assertThat(told.events(EvaluationDone.class)).hasSize(4);
    }

    @Test
    void whereTheEvaluationDecidesTheLineWaitsForIt() {
        RunPlan plan = plan(2, 1, WeightPolicy.STASH, Start.FRESH).watching(Watching.stopping(Optional.of(100)));
        Recorder told = Recorder.ofEvents();
        PipelineRun.start(plan, told).await();

        assertThat(stepsWhenTold(told)).containsExactly(3L, 6L, 9L, 12L);
    }

    @ParameterizedTest
    @EnumSource(names = {"STASH", "LIVE", "PREDICT"})
    void whatIsSavedBesideTheTrainingIsWhatTheReferenceSavesAndAnyOfItGoesOn(WeightPolicy policy) {
        RunPlan plan = plan(3, 2, policy, Start.FRESH);
        Recorder expected = Recorder.ofEvents();
        RunResult reference = saved(plan, expected, "reference", AT_EPOCHS);
        for (Duration interval : List.of(AT_EPOCHS, OFTEN)) {
            Recorder told = Recorder.ofEvents();
            String name = interval.equals(OFTEN) ? "often" : "epochs";
            Checkpointing checkpointing =
                    Checkpointing.begin(folder.resolve(policy + name), 100, "", CheckpointPace.every(interval));
            RunResult result =
                    PipelineRun.start(plan, told, Optional.of(checkpointing)).await();
            assertSame(told, result, expected, reference);
            assertThat(stepsWhenTold(told).getFirst()).as("nobody waited").isGreaterThan(3);
            for (long step = 3; step <= STEPS; step += 3) {
                assertSame(checkpoint(policy + name, step), checkpoint("reference", step));
            }
            assertThat(best(policy + name)).isEqualTo(best("reference"));
            for (long step = 1; step < STEPS; step++) {
                if (interval.equals(OFTEN) ? isSaved(policy + name, step) : step % 3 == 0) {
                    Checkpoint from = checkpoint(policy + name, step);
                    List<EpochEnd> rest = withoutSpeed(expected).stream()
                            .filter(end -> end.step() > from.step())
                            .toList();
                    assertThat(goesOn(from, policy, reference))
                            .as("from %d", step)
                            .isEqualTo(rest);
                }
            }
        }
    }

    private RunResult saved(RunPlan plan, Recorder listener, String run, Duration interval) {
        Checkpointing checkpointing = Checkpointing.begin(folder.resolve(run), 100, "", CheckpointPace.every(interval));
        return ReferenceRun.of(plan, listener, Optional.of(checkpointing)).run();
    }

    private Path path(String run, long step) {
        return folder.resolve(run).resolve("checkpoints/step-%08d".formatted(step));
    }

    private boolean isSaved(String run, long step) {
        return path(run, step).toFile().exists();
    }

    private Checkpoint checkpoint(String run, long step) {
        return CheckpointStore.load(path(run, step));
    }

    private long best(String run) {
        return CheckpointStore.load(folder.resolve(run).resolve("checkpoints/best"))
                .step();
    }

    private static void assertSame(Checkpoint found, Checkpoint expected) {
        assertThat(found.metrics()).isEqualTo(expected.metrics()).isNotEmpty();
        assertThat(found.progress()).isEqualTo(expected.progress());
        assertThat(bytes(found)).isEqualTo(bytes(expected));
    }

    private static Map<String, List<Byte>> bytes(Checkpoint checkpoint) {
        return checkpoint.tensors().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, tensor -> bytes(tensor.getValue().memory())));
    }

    private static List<Byte> bytes(MemorySegment memory) {
        List<Byte> result = new ArrayList<>();
        for (byte value : memory.toArray(ValueLayout.JAVA_BYTE)) {
            result.add(value);
        }
        return result;
    }

    /** Goes on to the same weights; the ends of epochs that it tells. */
    private static List<EpochEnd> goesOn(Checkpoint from, WeightPolicy policy, RunResult undisturbed) {
        Recorder told = Recorder.ofEvents();
        RunResult resumed =
                PipelineRun.start(plan(3, 2, policy, from.start()), told).await();
        assertThat(resumed.weightsSha256()).as("from %d", from.step()).isEqualTo(undisturbed.weightsSha256());
        return withoutSpeed(told);
    }

    @Test
    void aRunThatIsInterruptedDuringAnEvaluationGoesOnAsItself() {
        RunPlan plan = plan(3, 2, WeightPolicy.STASH, Start.FRESH);
        Recorder expected = Recorder.ofEvents();
        RunResult reference = ReferenceRun.of(plan, expected).run();
        Path run = folder.resolve("interrupted");
        Recorder told = Recorder.ofEvents();
        CompletableFuture<PipelineRun> started = new CompletableFuture<>();
        told.also(event -> {
            if (event instanceof Step step && step.step() == 4) {
                started.join().interrupt();
            }
        });
        started.complete(PipelineRun.start(
                plan, told, Optional.of(Checkpointing.begin(run, 100, "", CheckpointPace.every(AT_EPOCHS)))));
        RunResult stopped = started.join().await();

        assertThat(stopped.reason()).isEqualTo(RunResult.Reason.INTERRUPTED);
        assertThat(told.events(EpochEnd.class))
                .as("the evaluation was finished")
                .isNotEmpty();
        List<EpochEnd> all = new ArrayList<>(withoutSpeed(told));
        all.addAll(goesOn(CheckpointStore.loadLast(run), WeightPolicy.STASH, reference));
        assertThat(all).isEqualTo(withoutSpeed(expected));
    }
}
