package millrace.nn.model;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.softmax;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Layer;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;

class ModelTest {
    @Test
    void shapesGoFromLayerToLayer() {
        Model model = Model.of(Shape.of(4, 3), relu(), flatten(), dense(5), softmax());

        assertThat(model.inputShape()).isEqualTo(Shape.of(4, 3));
        assertThat(model.shapeBefore(1)).isEqualTo(Shape.of(4, 3));
        assertThat(model.shapeBefore(2)).isEqualTo(Shape.of(12));
        assertThat(model.shapeBefore(3)).isEqualTo(Shape.of(5));
        assertThat(model.shapeBefore(4)).isEqualTo(model.outputShape()).isEqualTo(Shape.of(5));
    }

    @Test
    void weightsAreCountedLayerByLayer() {
        Model model =
                Model.of(Shape.of(7), dense(5), relu(), new Dense(3, false, Initializer.PYTORCH), relu(), dense(2));

        assertThat(model.parameters(0)).extracting(ParameterSpec::name).containsExactly("weight", "bias");
        assertThat(model.parameters(2)).extracting(ParameterSpec::name).containsExactly("weight");
        assertThat(model.parameterCount(0, 1)).isEqualTo(7 * 5 + 5);
        assertThat(model.parameterCount(1, 3)).isEqualTo(5 * 3);
        assertThat(model.parameterCount()).isEqualTo(40 + 15 + 8);
        assertThat(model.layersWithWeights()).isEqualTo(3);
        assertThat(model.hasWeights(2)).isTrue();
        assertThat(model.hasWeights(3)).isFalse();
    }

    @Test
    void aLayerThatDoesNotFitIsNamedWithItsNumberAndTheRemedy() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(1, 28, 28), relu(), dense(10)))
                .withMessage("layer 1 (dense): input shape: 1x28x28 (expected: one dimension, or two for a sequence);"
                        + " put a flatten layer before it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(), softmax()))
                .withMessage("layer 0 (softmax): input shape: scalar (expected: one dimension or more)");
    }

    @Test
    void aModelNeedsALayer() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(4)))
                .withMessage("layers: none (expected: 1 or more)");
    }

    @Test
    void aModelDoesNotChangeWithTheListItWasMadeFrom() {
        List<Layer> layers = new ArrayList<>(List.of(dense(2)));
        Model model = Model.named("own", Shape.of(4), layers);

        layers.add(relu());

        assertThat(model.layers()).containsExactly(dense(2));
        assertThat(model.name()).isEqualTo("own");
    }
}
