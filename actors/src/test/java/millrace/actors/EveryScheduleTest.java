package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.SequentialRun;
import millrace.actors.trace.RunTimeline;
import millrace.actors.trace.TraceWindow;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.ScheduleCsv;
import millrace.schedule.Schedules;
import millrace.schedule.simulate.Simulator;
import millrace.schedule.timeline.Timeline;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every known schedule, executed by actors over links that let messages overtake each other. */
@Order(3)
class EveryScheduleTest {
    private static final int MICRO_BATCHES = 8;
    private static final Map<List<?>, String> SEQUENTIAL = new HashMap<>();

    static Stream<Arguments> all() {
        return Schedules.all().stream()
                .flatMap(generator -> Stream.of(1, 2, 4)
                        // two directions have a rank each
                        .filter(ranks -> ranks >= generator.replicas())
                        .map(ranks -> Arguments.of(generator.name(), ranks)));
    }

    private static RunPlan plan(Schedule schedule) {
        return new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .schedule(schedule)
                .epochs(2)
                .build();
    }

    private static RunResult run(RunPlan plan, long seed) {
        LinkSpec jittery = new LinkSpec(Duration.ZERO, Duration.ofMillis(4), Double.POSITIVE_INFINITY, seed);
        return PipelineRun.start(plan.over(jittery), TrainingListener.SILENT).await();
    }

    /** Made once for all schedules with the same replicas: what else a schedule says makes no difference without a pipeline. */
    private static String sequential(RunPlan plan) {
        return SEQUENTIAL.computeIfAbsent(
                List.of(plan.order().placement().microBatchesOfReplicas(), plan.lastStep()),
                _ -> new SequentialRun(plan, TrainingListener.SILENT)
                        .run()
                        .finalState()
                        .weightsSha256());
    }

    @ParameterizedTest
    @MethodSource("all")
    void weightsAreThoseOfTheSequentialRunAndPeaksThoseOfTheSimulation(String name, int ranks) {
        PipelineShape shape = PlanBuilder.shape(name, ranks, MICRO_BATCHES);
        Schedule schedule = Schedules.generate(name, shape);
        RunPlan plan = plan(schedule);

        RunResult result = run(plan, ranks);

        assertThat(result.finalState().weightsSha256()).isEqualTo(sequential(plan));
        double[] simulated = Simulator.simulate(schedule, Costs.unit(shape)).peakActivations();
        assertThat(result.pipeline().peakActivations())
                .isEqualTo(Arrays.stream(simulated).boxed().toList());
    }

    @Test
    void fourChunksOnTwoRanks() {
        for (String name : List.of("interleaved-1f1b", "looped-bfs", "interleaved-zb")) {
            RunPlan plan = plan(Schedules.generate(name, new PipelineShape(2, 4, MICRO_BATCHES)));

            assertThat(run(plan, 7).finalState().weightsSha256()).as(name).isEqualTo(sequential(plan));
        }
    }

    @Test
    void weightsOfAnOwnOrderAreAddedUpInAscendingOrder() {
        Schedule own = ScheduleCsv.read("own", """
            0F1,0F0,0F3,0F2,,,0I2,0I1,0W1,0B3,0B0,0W2
            ,1F1,1F3,1F0,1F2,1B2,1I1,1I3,1W3,1B0,1W1
            """);
        RunPlan plan = plan(own);

        assertThat(run(plan, 3).finalState().weightsSha256()).isEqualTo(sequential(plan));
    }

    /** A whole model on every rank, each with micro-batches of its own: no stage sends another anything. */
    @Test
    void threeReplicasOfAWholeModelAddUpAlike() {
        Schedule own = ScheduleCsv.read("own", """
            0F0,0B0,0F5,0B5
            0F4,0I4,0F1,0F3,0B1,0B3,0W4,0F7,0B7
            0F2,0B2,0F6,0B6
            """);
        RunPlan plan = plan(own);

        assertThat(own.placement().microBatchesOfReplicas())
                .isEqualTo(List.of(List.of(0, 5), List.of(1, 3, 4, 7), List.of(2, 6)));
        assertThat(run(plan, 5).finalState().weightsSha256())
                .isEqualTo(sequential(plan))
                .isNotEqualTo(sequential(plan(Schedules.generate("gpipe", 1, 8))));
    }

    static Stream<Arguments> replicated() {
        return Stream.of("1f1b", "zb-h1", "interleaved-1f1b", "zb-v", "gpipe")
                .flatMap(name -> Stream.of(1, 2, 4)
                        .flatMap(ranks -> Stream.of(2, 3).map(replicas -> Arguments.of(name, ranks, replicas))));
    }

    /** Replicas x ranks: each rank holds stages of one copy of the line. */
    @ParameterizedTest
    @MethodSource("replicated")
    void replicasSideBySideAddUpAsOneAfterTheOther(String name, int ranks, int replicas) {
        int share = 4;
        PipelineShape shape = new PipelineShape(ranks, Schedules.named(name).defaultChunks(), share);
        Schedule line = Schedules.generate(name, shape);
        RunPlan plan = replicatedPlan(Replication.of(line, replicas));

        RunResult result = run(plan, 11L * ranks + replicas);

        assertThat(result.finalState().weightsSha256())
                .isEqualTo(sequential(plan))
                .isNotEqualTo(sequential(replicatedPlan(Schedules.generate("gpipe", 1, share * replicas))));
        double[] simulated = Simulator.simulate(line, Costs.unit(shape)).peakActivations();
        assertThat(result.pipeline().peakActivations())
                .isEqualTo(IntStream.range(0, replicas * ranks)
                        .mapToObj(rank -> simulated[rank % ranks])
                        .toList());
    }

    private static RunPlan replicatedPlan(Schedule schedule) {
        return new PlanBuilder()
                .model(PlanBuilder.DEEP)
                .schedule(schedule)
                .batch(schedule.microBatches())
                .steps(3)
                .build();
    }

    /** Two copies side by side have the micro-batches that the two directions of chimera have. */
    @Test
    void twoReplicasHaveTheWeightsOfChimera() {
        Schedule twice = Replication.of(Schedules.generate("1f1b", 2, MICRO_BATCHES / 2), 2);

        assertThat(run(plan(twice), 13).finalState().weightsSha256())
                .isEqualTo(sequential(plan(Schedules.generate("chimera", 2, MICRO_BATCHES))));
    }

    @Test
    void aTracedStepHasEveryActionAndEveryMessage() {
        Schedule schedule = Schedules.generate("zb-v", 2, MICRO_BATCHES);
        TraceWindow window = new TraceWindow(1, 3);
        RunResult result = PipelineRun.start(plan(schedule).traced(window), TrainingListener.SILENT)
                .await();

        Timeline both = RunTimeline.of("zb-v", result.pipeline().traces(), window);
        Timeline second = RunTimeline.of("zb-v", result.pipeline().traces(), new TraceWindow(2, 3));

        assertThat(both.spans()).hasSize(2 * 4 * 3 * MICRO_BATCHES);
        assertThat(second.spans()).hasSize(4 * 3 * MICRO_BATCHES);
        // two of the V's three boundaries are between ranks
        assertThat(second.messages()).hasSize(2 * 2 * MICRO_BATCHES);
        assertThat(second.messages()).allSatisfy(message -> {
            assertThat(message.received()).isGreaterThanOrEqualTo(message.sent());
            assertThat(message.from()).isNotEqualTo(message.to());
        });
        for (int rank = 0; rank < 2; rank++) {
            int row = rank;
            assertThat(second.spans().stream()
                            .filter(span -> span.rank() == row)
                            .map(Timeline.Span::action)
                            .toList())
                    .isEqualTo(schedule.actions(rank));
        }
    }
}
