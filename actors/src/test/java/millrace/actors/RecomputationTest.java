package millrace.actors;

import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.gelu;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.residual;
import static millrace.nn.layer.Layers.tanh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Recomputed;
import millrace.actors.plan.RunPlan;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.nn.model.Model;
import millrace.nn.stage.Keep;
import millrace.nn.tensor.Shape;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import millrace.schedule.simulate.Simulator;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Stages that compute their activations a second time: the same weights and running means, less memory. */
class RecomputationTest {
    private static final int MICRO_BATCHES = 8;

    /** With what a second forward might spoil: random numbers, running means, what is written over, a skip connection. */
    private static final Model MODEL = Model.of(
            Shape.of(6),
            dense(16),
            batchNorm(),
            relu(),
            dropout(0.3f),
            dense(24),
            tanh(),
            residual(dense(24), gelu(), dropout(0.2f)),
            dense(24),
            batchNorm(),
            relu(),
            dense(12),
            tanh(),
            dropout(0.5f),
            dense(3));

    private static RunPlan plan(String schedule, int ranks) {
        PipelineShape shape = PlanBuilder.shape(schedule, ranks, MICRO_BATCHES);
        return new PlanBuilder()
                .model(MODEL)
                .train(PlanBuilder.data(64, 1))
                // two samples a micro-batch: of one, batch norm has nothing to follow
                .batch(2 * MICRO_BATCHES)
                .test(PlanBuilder.data(16, 2))
                .schedule(Schedules.generate(schedule, shape))
                .epochs(2)
                .build();
    }

    private static RunPlan stream(WeightPolicy policy) {
        int stages = 3;
        return plan("1f1b", stages).streamed(new StreamSpec(stages, 2, 0, policy));
    }

    private static RunPlan everywhere(RunPlan plan) {
        return plan.recomputing(Recomputed.stages(
                IntStream.range(0, plan.partition().stages()).boxed().collect(Collectors.toSet())));
    }

    private static RunResult run(RunPlan plan) {
        return PipelineRun.start(plan, TrainingListener.SILENT).await();
    }

    private static RunResult reference(RunPlan plan) {
        return ReferenceRun.of(plan, TrainingListener.SILENT).run();
    }

    /** The digest covers the running means too. */
    private static void assertSame(RunResult result, RunResult expected) {
        assertThat(result.finalState().weightsSha256())
                .isEqualTo(expected.finalState().weightsSha256());
        assertThat(result.evaluations()).isEqualTo(expected.evaluations());
    }

    private static long sum(List<Long> bytes) {
        return bytes.stream().mapToLong(Long::longValue).sum();
    }

    static Stream<Arguments> all() {
        return Schedules.all().stream()
                .map(Generator::name)
                .flatMap(name -> Stream.of(2, 4).map(ranks -> Arguments.of(name, ranks)));
    }

    /** As an action of its own, in every schedule. */
    @ParameterizedTest
    @MethodSource("all")
    void weightsStayTheSameInEverySchedule(String schedule, int ranks) {
        RunPlan plan = plan(schedule, ranks);

        RunResult again = run(everywhere(plan));

        assertSame(again, reference(plan));
        Schedule executed = ((Flushed) everywhere(plan).order()).schedule();
        assertThat(executed.recomputed()).isNotEmpty();
        PipelineShape shape = PlanBuilder.shape(schedule, ranks, MICRO_BATCHES);
        double[] simulated = Simulator.simulate(executed, Costs.unit(shape)).peakActivations();
        assertThat(again.pipeline().peakActivations())
                .isEqualTo(Arrays.stream(simulated).boxed().toList());
    }

    @ParameterizedTest
    @CsvSource({"gpipe, 2", "1f1b, 1", "1f1b, 3", "zb-h1, 3", "zb-v, 2"})
    void weightsStayTheSameAndLessIsHeld(String schedule, int ranks) {
        RunPlan plan = plan(schedule, ranks);

        RunResult kept = run(plan);
        RunResult again = run(everywhere(plan));

        assertSame(again, reference(plan));
        assertSame(kept, reference(plan));
        assertThat(again.pipeline().peakActivations()).isEqualTo(kept.pipeline().peakActivations());
        assertThat(again.pipeline().peakBytes()).hasSameSizeAs(kept.pipeline().peakBytes());
        if (ranks > 1) {
            assertThat(sum(again.pipeline().peakBytes()))
                    .isLessThan(sum(kept.pipeline().peakBytes()) * 9 / 10);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = WeightPolicy.class,
            names = {"STASH", "VERTICAL", "TWO_BUFFERS", "NESTEROV"})
    void backwardsOfAStreamUseTheWeightsOfTheirForwards(WeightPolicy policy) {
        RunPlan plan = stream(policy);

        RunResult kept = run(plan);
        RunResult again = run(everywhere(plan));

        assertSame(again, reference(plan));
        assertThat(again.pipeline().peakBytes().getFirst())
                .isLessThan(kept.pipeline().peakBytes().getFirst());
    }

    @Test
    void onlyTheNamedStagesComputeTwice() {
        RunPlan plan = plan("gpipe", 3);
        List<Long> kept = run(plan).pipeline().peakBytes();

        RunResult some = run(plan.recomputing(Recomputed.stages(Set.of(1))));

        assertSame(some, reference(plan));
        assertThat(some.pipeline().peakBytes().get(0)).isEqualTo(kept.get(0));
        assertThat(some.pipeline().peakBytes().get(1)).isLessThan(kept.get(1));
        assertThat(some.pipeline().peakBytes().get(2)).isEqualTo(kept.get(2));
    }

    /** Runs of neighbours that begin within a skip connection, behind a layer that is written over, and with the stage. */
    @ParameterizedTest
    @CsvSource({"gpipe, 2", "1f1b, 1", "1f1b, 2", "zb-h1, 2", "zb-v, 2", "chimera, 2", "async-1f1b, 3"})
    void onlyTheNamedLayersComputeTwice(String schedule, int ranks) {
        RunPlan plan = schedule.equals("async-1f1b") ? stream(WeightPolicy.STASH) : plan(schedule, ranks);
        Set<Integer> layers = Set.of(0, 1, 2, 5, 6, 8, 12, 13);

        RunResult some = run(plan.recomputing(new Recomputed(Set.of(), layers)));

        assertSame(some, reference(plan));
        // others hold hardly anything for a while
        if (schedule.equals("gpipe")) {
            assertThat(sum(some.pipeline().peakBytes()))
                    .isLessThan(sum(run(plan).pipeline().peakBytes()));
        }
    }

    @Test
    void onlyStagesWithNamedLayersHaveSecondForwards() {
        RunPlan plan = plan("gpipe", 2).recomputing(new Recomputed(Set.of(), Set.of(1)));

        assertThat(((Flushed) plan.order()).schedule().recomputed()).containsExactly(0);
        assertThat(plan.keep(0)).isEqualTo(Keep.allBut(Set.of(1)));
        assertThat(plan.keep(1)).isEqualTo(Keep.ACTIVATIONS);
    }

    @Test
    void whatCannotBeExactIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("1f1b", 2).recomputing(new Recomputed(Set.of(), Set.of(40))))
                .withMessageStartingWith("recompute-layers: layer 40 (expected: 0 to ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan("1f1b", 2).recomputing(Recomputed.stages(Set.of(0, 2))))
                .withMessage("recompute: stage 2 (expected: 0 to 1, the run has 2 stages)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> everywhere(stream(WeightPolicy.LIVE)))
                .withMessage("recompute: with weights live (expected: weights that backwards share with their forwards:"
                        + " stash, vertical, 2bw or nesterov)");
        assertThatIllegalArgumentException().isThrownBy(() -> everywhere(stream(WeightPolicy.PREDICT)));
    }
}
