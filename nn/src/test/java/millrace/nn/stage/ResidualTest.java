package millrace.nn.stage;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.residual;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Objects;
import millrace.nn.layer.Branch;
import millrace.nn.layer.Layer;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ResidualTest {
    private static Tensor values(int rows, int columns, float... values) {
        return Tensor.of(Arena.ofAuto(), Shape.of(rows, columns), values);
    }

    @Test
    void aModelHasTheLayersOfAResidualBetweenForkAndJoin() {
        Model plain = Model.of(Shape.of(3), residual(dense(3), relu()), dense(2));
        Model projected = Model.of(Shape.of(3), residual(List.of(dense(5), relu()), List.of(dense(5))));

        assertThat(plain.layers()).extracting(Layer::type).containsExactly("fork", "dense", "relu", "join", "dense");
        assertThat(projected.layers())
                .extracting(Layer::type)
                .containsExactly("fork", "dense", "relu", "shortcut", "dense", "join");
        assertThat(projected.layersWithWeights()).isEqualTo(2);
    }

    @Test
    void partsAreThoseThatGoOnAndThoseThatAreKeptTheLastKeptFirst() {
        Model model = Model.of(Shape.of(4), residual(List.of(dense(3), residual(dense(3))), List.of(dense(3))));

        assertThat(model.shapesBefore(0)).containsExactly(Shape.of(4));
        assertThat(model.shapesBefore(1)).containsExactly(Shape.of(4), Shape.of(4));
        assertThat(model.shapesBefore(3)).containsExactly(Shape.of(3), Shape.of(3), Shape.of(4));
        assertThat(model.shapesBefore(5)).containsExactly(Shape.of(3), Shape.of(4));
        assertThat(model.shapesBefore(6)).containsExactly(Shape.of(4), Shape.of(3));
        assertThat(model.shapesBefore(8)).containsExactly(Shape.of(3));
    }

    @Test
    void theSkippedInputIsAddedForwardAndItsDeltaBackward() {
        Model model = Model.of(Shape.of(2), relu(), residual(relu()));
        try (LayerRun run = RandomChain.run(model, 1, 4)) {
            Tensor output = run.forward(0, values(2, 2, 1, -2, -3, 4));
            Tensor delta = Objects.requireNonNull(run.backward(0, values(2, 2, 10, 20, 30, 40), false));

            assertThat(RandomChain.taken(output)).containsExactly(2f, -2f, -3f, 8f);
            assertThat(RandomChain.taken(delta)).containsExactly(20f, 20f, 30f, 80f);
            run.checkDrained();
        }
    }

    @Test
    void aMessageFromWithinAResidualHasTheRowsOfEachTensorOneAfterTheOther() {
        Model model = Model.of(Shape.of(2), residual(relu(), relu()));
        try (LayerRun run = RandomChain.run(model, 0, 2)) {
            Tensor message = run.forward(0, values(2, 2, 1, -2, -3, 4));

            assertThat(run.outputShape()).isEqualTo(Shape.of(4));
            assertThat(message.shape()).isEqualTo(Shape.of(2, 4));
            assertThat(RandomChain.taken(message)).containsExactly(1f, 0f, 0f, 4f, 1f, -2f, -3f, 4f);
            run.discard(0);
            run.checkDrained();
        }
    }

    @Test
    void shapesThatCannotBeAddedAreNamedWithTheRemedy() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(3), residual(dense(4))))
                .withMessage("layer 2 (join): shapes 4 and 3 to be added (expected: equal ones); give the residual a"
                        + " shortcut that makes them so, such as a convolution of size 1 with as many channels and as"
                        + " large a stride");
    }

    @Test
    void pointsOutsideAResidualAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(3), Branch.JOIN))
                .withMessage("layer 0 (join): no fork before it (expected: one); use residual");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(3), Branch.FORK, dense(3)))
                .withMessage("layers: 1 forks that nothing joins (expected: none); use residual");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> residual())
                .withMessage("residual layers: none (expected: 1 or more)");
    }

    @Test
    void stagesBeginBeforeTheFork() {
        Model model = Model.of(Shape.of(4), dense(4), residual(dense(4), relu(), dense(4)), dense(4));

        assertThat(Partition.balanced(model, 4).starts()).containsExactly(0, 1, 4, 6);
    }
}
