package millrace.actors.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.RunEpochs;
import millrace.actors.checkpoint.ShardWriter;
import millrace.actors.checkpoint.Shards;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.actors.event.TrainingEvent.Noticed;
import millrace.actors.event.TrainingEvent.Step;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.DelayedRun;
import millrace.actors.run.SequentialRun;
import millrace.actors.trace.FlightRecorders;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is slow, that fails for a while, or for good; time passes when a test says so. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrainerDiskTest {
    private static final Duration CHECK = Duration.ofSeconds(5);
    private static final Duration AT_EPOCHS = Duration.ofDays(1);
    private static final Duration ALWAYS = Duration.ofNanos(1);

    private final ActorTestKit kit =
            ActorTestKit.create(ManualTime.config().withFallback(ConfigFactory.load("application-test")));
    private final ManualTime time = ManualTime.get(kit.system());
    private final CompletableFuture<RunResult> result = new CompletableFuture<>();
    private final Recorder told = Recorder.ofEvents();
    private final AtomicInteger writes = new AtomicInteger();

    @TempDir
    Path run;

    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    private static RunPlan plan() {
        return new PlanBuilder().line(2, "1f1b", 2).epochs(2).build();
    }

    private Checkpointing start(Duration interval, ShardWriter disk) {
        return start(plan(), interval, disk);
    }

    private Checkpointing start(RunPlan plan, Duration interval, ShardWriter disk) {
        Checkpointing checkpointing = Checkpointing.begin(run, 3, "", CheckpointPace.every(interval));
        Trainer.Run made = new Trainer.Run(
                plan, told, new LocalLine(plan, disk, new FlightRecorders()), Optional.of(checkpointing));
        kit.spawn(Trainer.create(made, CHECK, result));
        return checkpointing;
    }

    private static ConditionFactory often() {
        return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(5));
    }

    /** Long enough for a dozen rounds of questions. */
    private void nothingIsTakenForAStall() {
        often().during(Duration.ofMillis(300)).until(() -> {
            time.timePasses(CHECK);
            return !result.isDone();
        });
    }

    private void assertThatAllIsSaved() {
        RunResult reference = new SequentialRun(plan(), TrainingListener.SILENT).run();
        assertThat(result.join().reason()).isEqualTo(Reason.COMPLETED);
        assertThat(result.join().finalState().weightsSha256())
                .isEqualTo(reference.finalState().weightsSha256());
        assertThat(CheckpointStore.loadLast(run).step()).isEqualTo(reference.steps());
    }

    @Test
    void ranksThatWaitForTheDiskAreNoStall() {
        CountDownLatch slow = new CountDownLatch(1);
        start(AT_EPOCHS, (folder, stage, stages, snapshot) -> {
            writes.incrementAndGet();
            if (stage == 1) {
                waitFor(slow);
            }
            return Shards.write(folder, stage, stages, snapshot);
        });
        often().until(() -> writes.get() == 2);
        nothingIsTakenForAStall();
        slow.countDown();
        assertThatAllIsSaved();
    }

    @Test
    void aTrainerThatWaitsForTheDiskIsNoStall() {
        CountDownLatch ranksHaveWritten = new CountDownLatch(2);
        Checkpointing checkpointing = start(AT_EPOCHS, (folder, stage, stages, snapshot) -> {
            var written = Shards.write(folder, stage, stages, snapshot);
            ranksHaveWritten.countDown();
            return written;
        });
        // commits are made under the store's lock
        synchronized (((Checkpointing.InFolder) checkpointing.target()).store()) {
            waitFor(ranksHaveWritten);
            nothingIsTakenForAStall();
        }
        assertThatAllIsSaved();
    }

    @Test
    void aDiskThatFailsForAWhileCostsNothingAndIsTold() {
        start(ALWAYS, (folder, stage, stages, snapshot) -> {
            if (writes.incrementAndGet() < 8 && stage == 1) {
                throw new IllegalArgumentException("no room");
            }
            return Shards.write(folder, stage, stages, snapshot);
        });
        // without any time passing the epoch is trained to its end
        often().until(() -> told.events(Step.class).size() >= 3);
        often().until(() -> {
            time.timePasses(Duration.ofSeconds(1));
            return result.isDone();
        });
        assertThatAllIsSaved();
        assertThat(told.events(Noticed.class))
                .extracting(Noticed::text)
                .satisfiesExactly(
                        first -> assertThat(first)
                                .startsWith("warning: the checkpoint of step ")
                                .endsWith(
                                        " was not saved: no room; training goes on, and saving is tried again for 60 s"),
                        last -> assertThat(last).matches("the checkpoint of step \\d was saved, after [34] failures"));
        assertThat(left()).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenForAWhile() throws Exception {
        // where the checkpoints belong
        Path file = Files.createFile(run.resolve("checkpoints"));
        start(AT_EPOCHS, Shards::write);
        often().until(() -> !told.events(Noticed.class).isEmpty());
        Files.delete(file);
        often().until(() -> {
            time.timePasses(Duration.ofMillis(500));
            return result.isDone();
        });
        assertThatAllIsSaved();
    }

    @Test
    void aStreamTrainsOnWithoutTheCheckpointOfAnEpochThatCannotBeWritten() {
        RunPlan stream = new PlanBuilder()
                .line(2, "1f1b", 2)
                .test(PlanBuilder.data(40, 3))
                .epochs(3)
                .build()
                .streamed(new StreamSpec(2, 1, 0, WeightPolicy.STASH));
        start(stream, AT_EPOCHS, (folder, stage, stages, snapshot) -> {
            if (stage == 1 && writes.incrementAndGet() == 1) {
                throw new IllegalArgumentException("no room");
            }
            return Shards.write(folder, stage, stages, snapshot);
        });
        // without any time passing the stream comes to the end of the next epoch, whose checkpoint it waits for
        often().until(() -> told.events(Step.class).size() == 6);
        often().until(() -> {
            time.timePasses(Duration.ofSeconds(1));
            return result.isDone();
        });

        assertThat(result.join().weightsSha256())
                .isEqualTo(new DelayedRun(stream, TrainingListener.SILENT).run().weightsSha256());
        assertThat(told.events(EpochEnd.class)).extracting(EpochEnd::step).containsExactly(3L, 6L, 9L);
        assertThat(told.events(Noticed.class)).hasSize(2);
        assertThat(run.resolve("checkpoints/step-00000003")).doesNotExist();
        assertThat(CheckpointStore.loadLast(run).step()).isEqualTo(9);
        assertThat(left()).isEmpty();
    }

    @Test
    void aDiskThatFailsForGoodEndsTheRunAfterAMinute() {
        start(AT_EPOCHS, (folder, stage, stages, snapshot) -> {
            writes.incrementAndGet();
            throw new IllegalArgumentException("no room");
        });
        often().until(() -> {
            time.timePasses(Duration.ofSeconds(13));
            return result.isDone();
        });
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(result::join)
                .havingCause()
                .isInstanceOf(IllegalArgumentException.class)
                .withMessage("no room; tried for 60 s, then given up; the checkpoint before it is there");
        assertThat(writes).hasValue(22);
        assertThat(told.events(Noticed.class)).hasSize(1);
    }

    @Test
    void whoWasSucceededGivesUpAtOnce() {
        CountDownLatch succeeded = new CountDownLatch(1);
        start(AT_EPOCHS, (folder, stage, stages, snapshot) -> {
            waitFor(succeeded);
            return Shards.write(folder, stage, stages, snapshot);
        });
        new RunEpochs(run).claim();
        succeeded.countDown();
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(result::join)
                .withMessageContaining("another trainer goes on with this run");
    }

    private List<String> left() {
        String[] names = run.resolve("checkpoints").toFile().list((_, name) -> name.endsWith(".tmp"));
        return names == null ? List.of() : List.of(names);
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
