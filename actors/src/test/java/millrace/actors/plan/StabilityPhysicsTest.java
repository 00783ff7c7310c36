package millrace.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.DoubleConsumer;
import java.util.stream.Stream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.run.DelayedRun;
import millrace.actors.run.PipelineRun;
import millrace.nn.data.Dataset;
import millrace.nn.layer.Layer;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.StabilityBound;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A line of stages with a weight each, every one in a bowl of its own, trained as a stream: stage i of n gets its gradient
 * n-1-i steps late, and the first one must diverge just where the theory says.
 */
class StabilityPhysicsTest {
    private static final double CURVATURE = 0.5;

    /** Longer than any oscillation: 2 pi / theta is 57 steps for 8 stages with momentum 0.9. */
    private static final int WINDOW = 200;

    /** At 2 % off the bound the slowest case changes by a factor of e^11 in all its steps, and the fastest by e^18. */
    private static final double CLEARLY = 1e3;

    static Stream<Arguments> lines() {
        return Stream.of(2, 3, 4, 6, 8).flatMap(n -> Stream.of(Arguments.of(n, 0.0), Arguments.of(n, 0.9)));
    }

    // without momentum the rates of growth are about 0.016 / n, with 0.9 they are 0.0007 to 0.001
    private static int steps(int stages, double momentum) {
        return momentum == 0 ? 900 * stages : 16_000;
    }

    @ParameterizedTest
    @MethodSource("lines")
    void theFirstStageDivergesWhereTheoryPutsIt(int stages, double momentum) {
        double bound = StabilityBound.of(stages - 1, momentum);

        double stable = growth(stages, momentum, 0.98 * bound);
        double unstable = growth(stages, momentum, 1.02 * bound);

        assertThat(stable).as("at 0.98 of %s", bound).isLessThan(1 / CLEARLY);
        assertThat(unstable).as("at 1.02 of %s", bound).isGreaterThan(CLEARLY);
    }

    /** The largest weight of the last window over that of the second, the first being the stream's start. */
    private static double growth(int stages, double momentum, double product) {
        List<Double> seen = new ArrayList<>();
        int steps = steps(stages, momentum);
        RunResult result =
                new DelayedRun(plan(stages, momentum, product, steps, seen::add), TrainingListener.SILENT).run();

        assertThat(result.steps()).isEqualTo(steps);
        assertThat(seen).hasSize(steps);
        return largest(seen.subList(steps - WINDOW, steps)) / largest(seen.subList(WINDOW, 2 * WINDOW));
    }

    private static double largest(List<Double> weights) {
        return weights.stream().mapToDouble(Math::abs).max().orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"4, 0, 0.98", "4, 0, 1.02", "3, 0.9, 0.98", "3, 0.9, 1.02"})
    void actorsHaveTheSameBits(int stages, double momentum, double share) {
        double product = share * StabilityBound.of(stages - 1, momentum);
        RunPlan plan = plan(stages, momentum, product, 1_500, weight -> {});

        RunResult expected = new DelayedRun(plan, TrainingListener.SILENT).run();
        RunResult actual = PipelineRun.start(plan, TrainingListener.SILENT).await();

        assertThat(actual.finalState().weightsSha256())
                .isEqualTo(expected.finalState().weightsSha256());
        assertThat(actual.loss()).isEqualTo(expected.loss());
    }

    /**
     * @param product learning rate times curvature
     * @param first sees the first stage's weight at every forward
     */
    private static RunPlan plan(int stages, double momentum, double product, int steps, DoubleConsumer first) {
        Layer[] layers = new Layer[stages];
        Arrays.setAll(layers, i -> new Bowl((float) CURVATURE, i == 0 ? first : weight -> {}));
        Model model = Model.of(Shape.of(1), layers);
        Map<String, Tensor> ones = new TreeMap<>();
        for (int i = 0; i < stages; i++) {
            ones.put(i + ".weight", Tensor.of(Arena.ofAuto(), Shape.of(1), 1));
        }
        Tensor zeros = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(steps, 1));
        UpdatePolicy policy = UpdatePolicy.of(new Sgd(product / CURVATURE, momentum));
        return new RunPlan(
                        new TrainingSpec(model, new OutputItself(), policy, 1, 1, false, 1),
                        Partition.balanced(model, stages),
                        new Flushed(Schedules.generate("1f1b", stages, 1)),
                        TrainingData.of(new Dataset("zeros", zeros, zeros, List.of())),
                        new RunPlan.Limits(1, 0),
                        Optional.empty(),
                        2,
                        new Start(0, ones))
                .streamed(new StreamSpec(stages, 1, 0, WeightPolicy.STASH));
    }
}
