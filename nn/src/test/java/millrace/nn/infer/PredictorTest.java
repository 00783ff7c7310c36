package millrace.nn.infer;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import millrace.nn.data.Dataset;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;

class PredictorTest {
    private static final Model MODEL = Model.of(Shape.of(1), dense(1), relu());

    /** y = max(2 x - 1, 0). */
    private static final Map<String, Tensor> WEIGHTS =
            Map.of("0.weight", values(Shape.of(1, 1), 2), "0.bias", values(Shape.of(1), -1));

    private static Tensor values(Shape shape, float... values) {
        return Tensor.of(Arena.ofAuto(), shape, values);
    }

    private static Tensor counted(int rows) {
        float[] inputs = new float[rows];
        for (int i = 0; i < rows; i++) {
            inputs[i] = i;
        }
        return values(Shape.of(rows, 1), inputs);
    }

    @Test
    void outputsComeInTheOrderOfTheInputsWhateverTheirNumber() {
        Tensor outputs = new Predictor(MODEL, WEIGHTS).predict(counted(600));

        assertThat(outputs.shape()).isEqualTo(Shape.of(600, 1));
        for (int i = 0; i < 600; i++) {
            assertThat(outputs.getFloat(i)).isEqualTo(Math.max(2 * i - 1, 0));
        }
    }

    @Test
    void lossIsTheMeanOverAllChunks() {
        Tensor inputs = counted(600);
        Dataset data = new Dataset("counted", inputs, inputs, List.of());
        // from x = 1 on |2 x - 1 - x| = x - 1; at x = 0 it is 0
        double expected = 599.0 * 598 / 2 / 600;

        assertThat(new Predictor(MODEL, WEIGHTS)
                        .evaluate(Losses.named("mae"), data)
                        .loss())
                .isEqualTo(expected);
    }

    @Test
    void inputsOfAnotherShapeAreRefused() {
        Predictor predictor = new Predictor(MODEL, WEIGHTS);
        Tensor wide = values(Shape.of(3, 2), new float[6]);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> predictor.predict(wide))
                .withMessage(
                        "inputs: F32 of shape 3x2 (expected: F32 of shape rows x 1, a row for each sample); change the"
                                + " inputs, or load the model that they are for");
        for (Tensor wrong : List.of(
                values(Shape.of(3), new float[3]),
                values(Shape.of(3, 1, 1), new float[3]),
                Tensor.labels(Arena.ofAuto(), 0, 1, 2).reshape(Shape.of(3, 1)))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> predictor.predict(wrong))
                    .withMessageStartingWith("inputs: " + wrong.type() + " of shape " + wrong.shape() + " (expected: ");
        }
        Dataset data = new Dataset("wide", wide, values(Shape.of(3, 1), new float[3]), List.of());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> predictor.evaluate(Losses.named("mae"), data))
                .withMessageStartingWith("inputs: F32 of shape 3x2 (expected: ");
    }

    @Test
    void noRowsAreAnsweredByNone() {
        assertThat(new Predictor(MODEL, WEIGHTS).predict(values(Shape.of(0, 1))).shape())
                .isEqualTo(Shape.of(0, 1));
    }

    @Test
    void weightsOfAnotherModelAreRefused() {
        Tensor bias = values(Shape.of(1), 0);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Predictor(MODEL, Map.of("0.bias", bias)).predict(counted(1)))
                .withMessage("weights: 0.weight is not there (expected: shape 1x1); are they of another model?");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Predictor(MODEL, Map.of("0.weight", bias, "0.bias", bias)).predict(counted(1)))
                .withMessage("weights: 0.weight is 1 (expected: shape 1x1); are they of another model?");
    }
}
