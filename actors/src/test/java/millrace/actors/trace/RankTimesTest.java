package millrace.actors.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Recomputed;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.trace.RankTimes.Part;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Where ranks' time goes: what is counted, and that it is the whole. */
class RankTimesTest {
    @Test
    void thePartsAreTheWhole() {
        RankTrace trace = new RankTrace(TraceWindow.times(1, 3));
        trace.busy(Part.STEP, 1, 0, 90, 0);
        trace.batchDone(1, 100);
        trace.busy(Part.FORWARD, 1, 100, 130, 0);
        trace.busy(Part.BACKWARD_INPUT, 1, 130, 150, 8);
        trace.busy(Part.STEP, 1, 150, 160, 3);
        trace.batchDone(2, 160);
        assertThat(trace.times().isComplete()).isFalse();
        trace.exchanged(161, 165);
        trace.busy(Part.BACKWARD_WEIGHT, 1, 170, 180, 10);
        trace.batchDone(3, 220);
        trace.busy(Part.FORWARD, 1, 220, 300, 0);
        trace.batchDone(4, 300);

        RankTimes times = trace.times();
        assertThat(times.isComplete()).isTrue();
        assertThat(times.whole()).isEqualTo(120);
        assertThat(times.medianStep()).isEqualTo(60);
        assertThat(times.parts())
                .isEqualTo(Map.of(
                        Part.FORWARD, 30L,
                        Part.BACKWARD_INPUT, 12L,
                        Part.BACKWARD_WEIGHT, 8L + 3 + 10,
                        Part.STEP, 7L,
                        Part.EXCHANGE, 4L,
                        Part.WAIT, 46L));
        assertThat(trace.busyNanos()).isEqualTo(90 + 30 + 20 + 10 + 10 + 80);
    }

    @Test
    void theMedianOfSteps() {
        assertThat(RankTimes.medianStep(new long[] {5, 6, 16, 19})).isEqualTo(3);
        assertThat(RankTimes.medianStep(new long[] {5, 7})).isEqualTo(2);
        assertThat(RankTimes.medianStep(new long[] {5})).isZero();
        assertThat(RankTimes.medianStep(new long[] {})).isZero();
    }

    @Test
    void withoutAWindowNobodyReadsTheClock() {
        assertThat(new RankTrace(TraceWindow.NONE).clock()).isZero();
        assertThat(new RankTrace(TraceWindow.times(1, 3)).clock()).isNotZero();
    }

    /** More steps than there was room for at first. */
    @Test
    void manySteps() {
        RankTrace trace = new RankTrace(TraceWindow.times(1, 5001));
        for (int step = 1; step <= 5001; step++) {
            trace.batchDone(step, 7L * step);
        }

        assertThat(trace.times().whole()).isEqualTo(7 * 5000);
        assertThat(trace.times().medianStep()).isEqualTo(7);
        assertThat(trace.times().parts()).containsEntry(Part.WAIT, 7L * 5000);
    }

    private static RunPlan plan(String schedule, int ranks) {
        return new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .line(ranks, schedule, 4)
                .epochs(3)
                .build();
    }

    static Stream<Arguments> runs() {
        return Stream.of(
                Arguments.of("a full backward", plan("1f1b", 2)),
                Arguments.of("a split backward", plan("zb-h1", 2)),
                Arguments.of("replicas", plan("chimera", 2)),
                Arguments.of("a second forward", plan("1f1b", 2).recomputing(Recomputed.stages(Set.of(0, 1)))),
                Arguments.of(
                        "a stream that steps within a batch",
                        plan("1f1b", 3).streamed(new StreamSpec(3, 1, 0, WeightPolicy.STASH))),
                Arguments.of(
                        "a stream that steps after several",
                        plan("1f1b", 2).streamed(new StreamSpec(2, 8, 0, WeightPolicy.STASH))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("runs")
    void everyRankTellsAndTheWeightsAreTheSame(String name, RunPlan plan) {
        RunResult plain = PipelineRun.start(plan, TrainingListener.SILENT).await();
        RunResult measured = PipelineRun.start(plan.traced(TraceWindow.times(2, 7)), TrainingListener.SILENT)
                .await();

        assertThat(measured.weightsSha256()).isEqualTo(plain.weightsSha256());
        List<RankTrace> traces = measured.pipeline().traces();
        assertThat(traces).hasSize(plan.order().ranks()).allSatisfy(trace -> {
            RankTimes times = trace.times();
            assertThat(times.isComplete()).isTrue();
            assertThat(times.whole()).isPositive();
            assertThat(times.medianStep()).isPositive().isLessThan(times.whole());
            assertThat(times.parts().values())
                    .allSatisfy(nanos -> assertThat(nanos).isPositive());
            assertThat(times.parts().keySet()).containsExactlyElementsOf(Arrays.asList(Part.values()));
            assertThat(times.parts().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isEqualTo(times.whole());
            assertThat(trace.work()).isEmpty();
            assertThat(trace.sent()).isEmpty();
            assertThat(trace.received()).isEmpty();
        });
        assertThat(plain.pipeline().traces())
                .allSatisfy(trace -> assertThat(trace.times().isComplete()).isFalse());
    }
}
