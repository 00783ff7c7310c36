package millrace.nn.stage;

import static millrace.nn.layer.Layers.conv2d;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.globalAvgPool;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.golden.Close;
import millrace.nn.layer.BatchNorm;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batch norm whose running means follow the batch: micro-batching does not show in them. */
class DeferredStatisticsTest {
    private static final int STEPS = 7;

    /** The last batch of an epoch has three samples: with eight micro-batches some are empty. */
    private static Dataset data() {
        return new RandomClassesSource(19, 25, 4, 3).generate().withSampleShape(Shape.of(1, 5, 5));
    }

    private static Model model(boolean deferred) {
        return Model.of(
                Shape.of(1, 5, 5),
                // sees the data itself, so its moments do not depend on what micro-batches do to the layers behind it
                new BatchNorm(1e-5f, 0.1f, deferred),
                conv2d(4, 3, 1, 1),
                new BatchNorm(1e-5f, 0.3f, deferred),
                relu(),
                globalAvgPool(),
                dense(4));
    }

    private static Map<String, List<Float>> trained(boolean deferred, int stages, int microBatches, Line.Order order) {
        TrainingSpec spec = new TrainingSpec(
                model(deferred), Losses.crossEntropy(), UpdatePolicy.of(new Adam(1e-2)), 8, microBatches, true, 5);
        try (Line line = new Line(spec, data(), stages)) {
            for (int step = 0; step < STEPS; step++) {
                line.step(microBatches, order);
            }
            return line.numbers();
        }
    }

    private static float[] floats(Map<String, List<Float>> numbers, String name) {
        List<Float> values = new ArrayList<>(numbers.getOrDefault(name, List.of()));
        assertThat(values).as(name).isNotEmpty();
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }

    @Test
    void runningMeansAreThoseOfTheWholeBatch() {
        var whole = trained(false, 1, 1, Line.Order.ONE_BY_ONE);
        var deferred = trained(true, 1, 8, Line.Order.ONE_BY_ONE);
        var each = trained(false, 1, 8, Line.Order.ONE_BY_ONE);

        for (String name : List.of("0.running_mean", "0.running_var")) {
            Close.relative(name, floats(deferred, name), floats(whole, name), 1e-6);
            assertThat(floats(each, name)[0]).isNotEqualTo(floats(whole, name)[0]);
        }
        assertThat(Math.abs(floats(each, "0.running_mean")[0] / floats(whole, "0.running_mean")[0] - 1))
                .as("without, they take eight steps a batch")
                .isGreaterThan(0.1f);
    }

    @ParameterizedTest
    @EnumSource(Line.Order.class)
    void stagesInALineEqualTheWholeModelToTheBit(Line.Order order) {
        assertThat(trained(true, 3, 4, order)).isEqualTo(trained(true, 1, 4, Line.Order.ONE_BY_ONE));
    }
}
