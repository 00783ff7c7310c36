package millrace.nn.stage;

import static millrace.nn.layer.Layers.conv2d;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.gru;
import static millrace.nn.layer.Layers.lstm;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.kernel.Precision;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.PastWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Training with bfloat16 products: the same bits for any cut, near the float32 losses, float32 weights. */
class Bf16StageTest {
    private static final Model F32 =
            Model.of(Shape.of(1, 5, 5), conv2d(4, 3, 1, 1), relu(), flatten(), dense(9), relu(), dense(4));
    private static final Model RECURRENT = Model.of(Shape.of(5, 5), lstm(6), gru(5), flatten(), dense(4));
    private static final int STEPS = 20;

    private record Trained(List<Double> losses, Map<String, List<Float>> numbers) {}

    private static Trained trained(Precision precision, int stages, Line.Order order) {
        Dataset data = new RandomClassesSource(64, 25, 4, 3).generate().withSampleShape(Shape.of(1, 5, 5));
        TrainingSpec spec = new TrainingSpec(
                F32.with(precision), Losses.crossEntropy(), UpdatePolicy.of(new Sgd(0.1, 0.9)), 8, 4, true, 5);
        try (Line line = new Line(spec, data, stages)) {
            List<Double> losses = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                losses.add(line.step(4, order));
            }
            return new Trained(losses, line.numbers());
        }
    }

    @ParameterizedTest
    @CsvSource({"2, ALL_FORWARD_FIRST", "3, WEIGHTS_LAST"})
    void stagesInALineEqualTheWholeModelToTheBit(int stages, Line.Order order) {
        assertThat(trained(Precision.BF16, stages, order)).isEqualTo(trained(Precision.BF16, 1, Line.Order.ONE_BY_ONE));
    }

    @Test
    void lossesStayNearThoseOfFloat32() {
        Trained f32 = trained(Precision.F32, 1, Line.Order.ONE_BY_ONE);
        Trained bf16 = trained(Precision.BF16, 1, Line.Order.ONE_BY_ONE);

        assertThat(bf16.losses()).isNotEqualTo(f32.losses());
        for (int step = 0; step < STEPS; step++) {
            assertThat(bf16.losses().get(step))
                    .as("step %d", step)
                    .isCloseTo(f32.losses().get(step), within(0.02));
        }
    }

    /** Updates that bfloat16 could not hold are not lost. */
    @Test
    void weightsAreFloat32() {
        List<Float> weights =
                trained(Precision.BF16, 1, Line.Order.ONE_BY_ONE).numbers().getOrDefault("5.weight", List.of());

        assertThat(weights).anyMatch(weight -> (Float.floatToIntBits(weight) & 0xFFFF) != 0);
    }

    private static List<Float> inferred(StageModel model, Dataset data) {
        Tensor output = model.compute().infer(data, 0, null);
        List<Float> values = RandomChain.values(output);
        output.release();
        return values;
    }

    static Stream<Model> models() {
        return Stream.of(F32, RECURRENT).map(model -> model.with(Precision.BF16));
    }

    private static TrainingSpec spec(Model model) {
        return new TrainingSpec(model, Losses.crossEntropy(), UpdatePolicy.of(new Sgd(0.1, 0.9)), 8, 4, true, 5);
    }

    private static Dataset data(Model model) {
        return new RandomClassesSource(64, 25, 4, 3).generate().withSampleShape(model.inputShape());
    }

    /** Layers that keep rounded copies of their weights notice each change. */
    @ParameterizedTest
    @MethodSource("models")
    void layersComputeWithTheWeightsThatAreThere(Model of) {
        Dataset data = data(of);
        TrainingSpec spec = spec(of);
        try (Line line = new Line(spec, data, 1);
                Line other = new Line(spec, data, 1)) {
            StageModel model = line.stages.getFirst();
            List<Float> atFirst = inferred(model, data);
            Map<String, Tensor> first = line.state();
            line.step(4, Line.Order.ONE_BY_ONE);
            List<Float> afterStep = inferred(model, data);
            assertThat(afterStep).isNotEqualTo(atFirst);

            other.stages.getFirst().state().restore(line.state(), 1);
            assertThat(inferred(other.stages.getFirst(), data)).isEqualTo(afterStep);
            model.state().restore(first, 0);
            assertThat(inferred(model, data)).isEqualTo(atFirst);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void layersComputeWithTheVersionThatIsInUse(Model of) {
        Dataset data = data(of);
        TrainingSpec spec = spec(of);
        Partition.Range all = Partition.whole(spec.model()).range(0);
        StageModel.Stepping stepping = StageModel.Stepping.ofStream(4, 2, 0, 1);
        try (StageModel model = new StageModel(spec, all, data, 2, stepping, Keep.ACTIVATIONS)) {
            List<List<Float>> outputs = new ArrayList<>();
            for (int step = 0; step < 3; step++) {
                outputs.add(inferred(model, data));
                for (int i = 0; i < 4; i++) {
                    var _ = model.compute().forward(step, i, null);
                    var _ = model.compute().backward(step, i, null);
                }
                model.optimizer().step(0);
            }
            assertThat(outputs).doesNotHaveDuplicates();
            for (int version : new int[] {2, 0, 1, 0, 2}) {
                model.weights().useForForward(new PastWeights(version, 0));
                assertThat(inferred(model, data)).as("version %d", version).isEqualTo(outputs.get(version));
            }
        }
    }
}
