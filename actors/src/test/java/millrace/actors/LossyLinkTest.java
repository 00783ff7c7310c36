package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.link.LinkSpec;
import millrace.actors.link.LostMessages;
import millrace.actors.link.LostMessages.Loss;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Packet.Kind;
import millrace.actors.run.DelayedRun;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.SequentialRun;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A message that is lost ends the run with a cause, one that comes twice changes nothing; no run hangs. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Order(5)
@Tag("cluster")
class LossyLinkTest {
    private static final String STREAM = "async-1f1b";

    /** Three ranks, four micro-batches, nine batches, three evaluations. */
    private static RunPlan plan(String schedule) {
        PlanBuilder plan = new PlanBuilder().model(PlanBuilder.DEEP).validation(PlanBuilder.data(29, 2));
        return schedule.equals(STREAM)
                ? plan.line(3, "1f1b", 4).build().streamed(new StreamSpec(3, 2, 0, WeightPolicy.STASH))
                : plan.line(schedule.equals("chimera") ? 4 : 3, schedule, 4).build();
    }

    private static Config checkedEvery(String period) {
        return ConfigFactory.parseString("millrace.stall-check = " + period);
    }

    private static RunResult run(RunPlan plan, String stallCheck) {
        return PipelineRun.start(plan, TrainingListener.SILENT, checkedEvery(stallCheck))
                .await();
    }

    private static RunResult undisturbed(RunPlan plan) {
        return plan.order().stream().isPresent()
                ? new DelayedRun(plan, TrainingListener.SILENT).run()
                : new SequentialRun(plan, TrainingListener.SILENT).run();
    }

    private static void assertSame(RunResult result, RunResult expected) {
        assertThat(result.finalState().weightsSha256())
                .isEqualTo(expected.finalState().weightsSha256());
        assertThat(result.evaluations()).isEqualTo(expected.evaluations());
    }

    @Test
    void aCheckWithoutATimeBetweenIsRefusedBeforeTheRunBegins() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(plan("1f1b"), "0s"))
                .withMessage("millrace.stall-check: PT0S (expected: a time above 0, as in 5s)");
    }

    static Stream<Arguments> losses() {
        return Stream.of("1f1b", "interleaved-1f1b", STREAM)
                .flatMap(schedule -> Stream.of(Kind.ACTIVATION, Kind.ERROR_DELTA, Kind.EVALUATION_ACTIVATION)
                        .flatMap(kind -> Stream.of(1L, 2L).map(seed -> Arguments.of(schedule, kind, seed))));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void oneLostMessageEndsTheRunAndIsNamed(String schedule, Kind kind, long seed) {
        RunPlan plan = plan(schedule);
        Loss loss = LostMessages.one(plan, kind, seed);

        assertThatIllegalStateException()
                .as("lost: %s", loss.message())
                .isThrownBy(() -> run(plan.over(loss.link()), "50ms"))
                .withMessageStartingWith("stalled run: ")
                .withMessageContaining(loss.complaint())
                .withMessageContaining("a message was lost");
    }

    static Stream<Arguments> duplicates() {
        return Stream.of("1f1b", "interleaved-1f1b", "gpipe", "zb-v", "chimera", STREAM)
                .flatMap(schedule -> Stream.of(0, 4).map(jitter -> Arguments.of(schedule, jitter, 5L + jitter)));
    }

    @ParameterizedTest
    @MethodSource("duplicates")
    void messagesThatComeTwiceChangeNothing(String schedule, int jitter, long seed) {
        RunPlan plan = plan(schedule);
        LinkSpec link = new LinkSpec(Duration.ZERO, Duration.ofMillis(jitter), Double.POSITIVE_INFINITY, 0, 0.6, seed);

        RunResult result = run(plan.over(link), "1s");

        assertThat(result.pipeline().duplicates()).isGreaterThan(100);
        assertSame(result, undisturbed(plan));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void linksThatDoEverythingWrongNeverLetARunHang(long seed) {
        RunPlan plan = plan(seed % 2 == 0 ? "1f1b" : STREAM);
        LinkSpec link = new LinkSpec(Duration.ofMillis(1), Duration.ofMillis(3), 1e6, 0.02, 0.3, seed);

        assertThatIllegalStateException()
                .as("seed %d", seed)
                .isThrownBy(() -> run(plan.over(link), "50ms"))
                .withMessageStartingWith("stalled run: ");
    }

    @ParameterizedTest
    @CsvSource({"1f1b, 0", "1f1b, 12", "async-1f1b, 0", "async-1f1b, 12"})
    void aRunThatGoesOnIsNeverTakenForStalled(String schedule, int latency) {
        RunPlan plan = plan(schedule);
        LinkSpec link = new LinkSpec(Duration.ofMillis(latency), Duration.ZERO, Double.POSITIVE_INFINITY, 1);

        // many checks while nothing moves but a message on its way
        assertSame(run(plan.over(link), "1ms"), undisturbed(plan));
    }
}
