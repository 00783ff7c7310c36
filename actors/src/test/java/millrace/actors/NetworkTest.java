package millrace.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.nn.backend.Backend;
import millrace.nn.layer.Layers;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What outputs say, in the names of classes. */
class NetworkTest {
    private static Network of(String... classes) {
        Model model = Model.of(Shape.of(2), Layers.dense(3));
        return new Network(model, Optional.empty(), Backend.fast(), Map.of(), List.of(classes));
    }

    private static Tensor outputs(Shape shape, double... values) {
        Tensor outputs = Tensor.zeros(Arena.ofAuto(), ElementType.F32, shape);
        for (int i = 0; i < values.length; i++) {
            outputs.setFloat(i, (float) values[i]);
        }
        return outputs;
    }

    @Test
    void theLargestOutputOfARow() {
        Tensor outputs = outputs(Shape.of(3, 3), 0.1, 0.3, 0.2, -1, -2, -3, 5, 5, 5.5);

        assertThat(of("cat", "dog", "owl").classesOf(outputs)).containsExactly("dog", "cat", "owl");
    }

    @Test
    void anOutputThatIsNoClassIsNotTakenForAnother() {
        assertThat(of("cat", "dog").classesOf(outputs(Shape.of(2, 3), 0, 1, 2, 2, 1, 0)))
                .containsExactly("(output 2)", "cat");
    }

    /** Binary cross-entropy has one logit. */
    @Test
    void oneOutputSaysWhichOfTwo() {
        assertThat(of("no", "yes").classesOf(outputs(Shape.of(3, 1), -0.1, 0, 0.1)))
                .containsExactly("no", "no", "yes");
    }

    @Test
    void whereThereIsNotOneLabelARowItSaysSo() {
        assertThatIllegalStateException()
                .isThrownBy(() -> of().classesOf(outputs(Shape.of(1, 3))))
                .withMessage("classes: none (expected: of a model with one label a sample); use predict");
        assertThatIllegalStateException()
                .isThrownBy(() -> of("a", "b", "c").classesOf(outputs(Shape.of(1, 2, 3))))
                .withMessage("classes: several a sample (expected: of a model with one label a sample); use predict");
    }
}
