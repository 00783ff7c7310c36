package millrace.nn.model;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.lstm;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import millrace.nn.choice.KernelTable.Demand;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;

class WeightMatricesTest {
    @Test
    void eachSizeIsNamedOnceForEachNumberOfForwards() {
        Model model = Model.of(Shape.of(6), dense(5), relu(), dense(5), relu(), dense(5), dense(3));

        assertThat(WeightMatrices.of(model, 32, List.of(1, 8)))
                .containsExactly(
                        new Demand(6, 5, 32, 1, 1),
                        new Demand(6, 5, 32, 8, 1),
                        new Demand(5, 5, 32, 1, 1),
                        new Demand(5, 5, 32, 8, 1),
                        new Demand(5, 3, 32, 1, 1),
                        new Demand(5, 3, 32, 8, 1));
    }

    @Test
    void sequencesHaveARowForEachPositionAndStatesOneForEachStep() {
        Model model = Model.of(Shape.of(7), embedding(11, 4), lstm(6), flatten(), dense(2));

        assertThat(WeightMatrices.of(model, 3, List.of(2)))
                .containsExactly(new Demand(4, 24, 21, 2, 1), new Demand(6, 24, 3, 2, 7), new Demand(42, 2, 3, 2, 1));
    }
}
