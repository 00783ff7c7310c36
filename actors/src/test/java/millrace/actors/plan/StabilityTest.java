package millrace.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import millrace.actors.plan.Stability.Stage;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.StabilityBound;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StabilityTest {
    private static final UpdatePolicy MOMENTUM = UpdatePolicy.of(new Sgd(0.01, 0.9));
    private static final Offset<Double> CLOSE = within(1e-12);

    private static PlanBuilder line(UpdatePolicy policy) {
        return new PlanBuilder().policy(policy).line(4, "1f1b", 4);
    }

    private static Stability stream(UpdatePolicy policy, int accumulate, WeightPolicy weights) {
        return stability(line(policy).build().streamed(new StreamSpec(4, accumulate, 0, weights)));
    }

    private static Stability stability(RunPlan plan) {
        return Stability.of(plan).orElseThrow();
    }

    private static List<Double> all(Stability stability, ToDoubleFunction<Stage> what) {
        return stability.stages(3).stream().map(what::applyAsDouble).toList();
    }

    @Test
    void withAFlushNoGradientIsLate() {
        Stability flushed = stability(line(MOMENTUM).build());

        assertThat(flushed.stages(3)).hasSize(4).allSatisfy(stage -> {
            assertThat(stage.delay()).isZero();
            assertThat(stage.product()).isEqualTo(0.03, CLOSE);
            assertThat(stage.bound()).isEqualTo(3.8, CLOSE);
            assertThat(stage.isStable()).isTrue();
        });
        assertThat(flushed.limit()).isEqualTo(flushed.limitWithoutDelay());
    }

    @ParameterizedTest
    @CsvSource({
        "STASH, 1, 3 2 1 0",
        "STASH, 3, 1 1 1 0",
        "LIVE, 2, 2 1 1 0",
        "VERTICAL, 1, 3 3 3 3",
        "TWO_BUFFERS, 3, 1 1 1 1"
    })
    void eachStageHasTheBoundOfItsDelay(WeightPolicy weights, int accumulate, String delays) {
        Stability stability = stream(MOMENTUM, accumulate, weights);

        for (Stage stage : stability.stages(3)) {
            int delay = Integer.parseInt(delays.split(" ", -1)[stage.stage()]);
            assertThat(stage.delay()).isEqualTo(delay);
            assertThat(stage.bound()).isEqualTo(StabilityBound.of(delay, 0.9));
        }
        assertThat(stability.mostDelay()).isEqualTo(delays.charAt(0) - '0');
        assertThat(stability.limit()).isEqualTo(StabilityBound.of((int) stability.mostDelay(), 0.9));
        assertThat(stability.limitWithoutDelay()).isEqualTo(3.8, CLOSE);
    }

    @Test
    void theWorstStageDecidesTheLargestRate() {
        Stability stability = stream(MOMENTUM, 1, WeightPolicy.STASH);
        List<Stage> stages = stability.stages(6);
        Stage worst = Stability.worst(stages).orElseThrow();

        assertThat(stages).extracting(Stage::isStable).containsExactly(false, false, true, true);
        assertThat(worst.stage()).isZero();
        double rate = stability.largestRate(worst);
        Stability slower = stream(UpdatePolicy.of(new Sgd(rate * 0.999, 0.9)), 1, WeightPolicy.STASH);
        Stability faster = stream(UpdatePolicy.of(new Sgd(rate * 1.001, 0.9)), 1, WeightPolicy.STASH);
        assertThat(Stability.worst(slower.stages(6))).isEmpty();
        assertThat(Stability.worst(faster.stages(6))).isPresent();
    }

    @Test
    void penaltiesBendTheLossFurther() {
        UpdatePolicy decayed = new UpdatePolicy(
                new Sgd(0.01, 0.9, false, 0.5),
                new LearningRate.Constant(),
                1,
                new GradientShaping(7, 0.25f, Float.POSITIVE_INFINITY));

        assertThat(all(stability(line(decayed).build()), Stage::product))
                .allSatisfy(product -> assertThat(product).isEqualTo(0.04, CLOSE));
    }

    @Test
    void lateStagesBeginWithTheirShareOfTheRate() {
        Stability stability = stream(MOMENTUM.with(new DelayCorrection(100, 0, 0)), 1, WeightPolicy.STASH);

        assertThat(all(stability, Stage::product))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1)
                .containsExactly(0.01, 0.015, 0.03, 0.03);
    }

    @Test
    void theRateIsThatOfTheStepTheRunBeginsWith() {
        UpdatePolicy warming = new UpdatePolicy(
                new Sgd(0.01), new LearningRate.WarmUp(10, new LearningRate.Constant()), 1, GradientShaping.NONE);

        assertThat(all(stability(line(warming).build()), Stage::product).getFirst())
                .isEqualTo(0.003, CLOSE);
        RunPlan resumed = line(warming).start(new Start(4, Map.of())).build();
        assertThat(all(stability(resumed), Stage::product).getFirst()).isEqualTo(0.015, CLOSE);
    }

    @Test
    void weightsNesterovDampTheRateThatIsSet() {
        Stability stability = stream(MOMENTUM, 1, WeightPolicy.NESTEROV);
        Stage first = stability.stages(3).getFirst();

        assertThat(first.product()).isEqualTo(0.003, CLOSE);
        assertThat(first.bound()).isEqualTo(StabilityBound.of(3, 0.9, true));
        assertThat(stability.limit()).isEqualTo(10 * first.bound(), CLOSE);
        assertThat(stability.limitWithoutDelay()).isEqualTo(3.8, CLOSE);
        assertThat(stability.largestRate(first)).isEqualTo(stability.limit() / 3, CLOSE);
    }

    @Test
    void whatCorrectsTheDelayIsNotCounted() {
        assertThat(stream(MOMENTUM, 1, WeightPolicy.STASH).isCorrected()).isFalse();
        assertThat(stream(MOMENTUM.with(new DelayCorrection(9, 0, 0)), 1, WeightPolicy.LIVE)
                        .isCorrected())
                .isFalse();
        assertThat(stream(MOMENTUM.with(new DelayCorrection(0, 0.1, 0)), 1, WeightPolicy.LIVE)
                        .isCorrected())
                .isTrue();
        assertThat(stream(MOMENTUM.with(new DelayCorrection(0, 0, 0.04)), 1, WeightPolicy.STASH)
                        .isCorrected())
                .isTrue();
        Stability predicted = stream(MOMENTUM, 1, WeightPolicy.PREDICT);
        assertThat(predicted.isCorrected()).isTrue();
        assertThat(predicted.limit()).isEqualTo(StabilityBound.of(3, 0.9));
    }

    @Test
    void nothingIsKnownOfOtherOptimizers() {
        assertThat(Stability.of(line(UpdatePolicy.of(new Optimizer.Adam(1e-3))).build()))
                .isEmpty();
    }
}
