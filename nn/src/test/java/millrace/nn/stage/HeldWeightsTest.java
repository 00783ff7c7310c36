package millrace.nn.stage;

import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.kernel.Precision;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A stage that is evaluated with the weights of some step while it makes further ones. */
class HeldWeightsTest {
    private static final Model MODEL = Model.of(Shape.of(6), dense(8), batchNorm(), relu(), dense(3));
    private static final Dataset DATA = new RandomClassesSource(64, 6, 3, 3).generate();

    private static void step(StageModel model, long batch, long oldestNeeded) {
        for (int i = 0; i < 2; i++) {
            var _ = model.compute().forward(batch, i, null);
            var _ = model.compute().backward(batch, i, null);
        }
        model.optimizer().step(oldestNeeded);
    }

    private static List<Float> inferred(StageModel model) {
        Tensor output = model.compute().infer(DATA, 0, null);
        List<Float> values = new ArrayList<>();
        for (float value : output.toFloats()) {
            values.add(value);
        }
        output.release();
        return values;
    }

    @ParameterizedTest
    @CsvSource({"F32, 0", "F32, 2", "BF16, 0"})
    void whatIsHeldStaysAsItWasAndTrainingGoesOnAsWithoutIt(Precision precision, int late) {
        TrainingSpec spec = new TrainingSpec(
                MODEL.with(precision), Losses.crossEntropy(), UpdatePolicy.of(new Adam(0.05)), 8, 2, true, 5);
        StageModel.Stepping stepping = StageModel.Stepping.ofStream(2, late, 0, 1);
        Partition.Range all = Partition.whole(spec.model()).range(0);
        try (StageModel plain = new StageModel(spec, all, DATA, 2, stepping, Keep.ACTIVATIONS);
                StageModel model = new StageModel(spec, all, DATA, 2, stepping, Keep.ACTIVATIONS)) {
            for (int batch = 0; batch < 12; batch++) {
                List<Float> then = inferred(plain);
                if (batch % 4 == 1) {
                    model.evaluation().hold();
                    assertThat(model.evaluation().<List<Float>>during(() -> inferred(model)))
                            .isEqualTo(then);
                    for (int beyond = batch; beyond < batch + 3; beyond++) {
                        step(model, beyond, beyond + 1L - late);
                        assertThat(model.evaluation().<List<Float>>during(() -> inferred(model)))
                                .as("step %d beside %d", beyond, batch)
                                .isEqualTo(then);
                    }
                    assertThat(inferred(model)).isNotEqualTo(then);
                    assertThatIllegalStateException()
                            .isThrownBy(() -> model.evaluation().hold())
                            .withMessageContaining("(expected: one version at a time");
                    model.evaluation().release();
                } else if (batch % 4 == 0) {
                    step(model, batch, batch + 1L - late);
                }
                step(plain, batch, batch + 1L - late);
            }
            assertThat(inferred(model)).isEqualTo(inferred(plain));
            assertThat(model.weights().mostKept())
                    .as("versions of the training alone")
                    .isEqualTo(plain.weights().mostKept());
            assertThat(model.evaluation().hasTakenMemory()).isTrue();
            assertThat(plain.evaluation().hasTakenMemory()).isFalse();
        }
    }
}
