package millrace.actors.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingListener;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.FlightRecorders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** When the trainer looks for a stall; time passes when a test says so. */
@Isolated("short times until a stall is noticed")
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrainerStallTest {
    private static final Duration CHECK = Duration.ofSeconds(5);

    private final ActorTestKit kit =
            ActorTestKit.create(ManualTime.config().withFallback(ConfigFactory.load("application-test")));
    private final ManualTime time = ManualTime.get(kit.system());
    private final CompletableFuture<RunResult> result = new CompletableFuture<>();

    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    private void start(RunPlan plan, TrainingListener listener) {
        kit.spawn(Trainer.create(Trainer.here(plan, listener, Optional.empty(), new FlightRecorders()), CHECK, result));
    }

    private static RunPlan plan() {
        return new PlanBuilder()
                .line(2, "1f1b", 2)
                .validation(PlanBuilder.data(20, 2))
                .build();
    }

    @Test
    void aRunWhoseMessagesAreLostEndsAfterSomeChecks() {
        LinkSpec broken = new LinkSpec(Duration.ZERO, Duration.ZERO, Double.POSITIVE_INFINITY, 0.999, 0, 3);
        start(plan().over(broken), TrainingListener.SILENT);

        while (!result.isDone()) {
            time.timePasses(CHECK);
        }

        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(result::join)
                .havingCause()
                .isInstanceOf(IllegalStateException.class)
                .withMessageStartingWith("stalled run: stage 0 waits for the error delta of micro-batch 0 of batch 0;"
                        + " stage 1 waits for the activation of micro-batch 0 of batch 0 (expected: ");
    }

    @Test
    void aTrainerThatIsBusyWithALossOrACheckpointIsNoStall() {
        // all this happens in the trainer's turn, while the stages have nothing to do
        Recorder slow = Recorder.withCheckpoints().also(event -> time.timePasses(CHECK.multipliedBy(3)));
        start(plan(), slow);

        assertThat(result.join().reason()).isEqualTo(Reason.COMPLETED);
        assertThat(slow.checkpoints()).hasSize(3);
    }
}
