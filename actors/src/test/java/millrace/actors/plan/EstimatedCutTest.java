package millrace.actors.plan;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import millrace.nn.layer.Layer;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.Shape;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedules;
import org.junit.jupiter.api.Test;

class EstimatedCutTest {
    @Test
    void stagesBeginWithLayersThatMay() {
        Set<Boolean> same = new HashSet<>();
        for (long seed = 0; seed < 40; seed++) {
            Model model = model(new Random(seed));
            Partition balanced = Partition.balanced(model, 3);

            Partition cut = EstimatedCut.of(model, Schedules.named("1f1b"), new PipelineShape(3, 1, 4), 1, 16, false);

            assertThat(cut.stages()).as("seed %d", seed).isEqualTo(3);
            assertThat(Partition.starts(model)).as("seed %d", seed).containsAll(cut.starts());
            assertThat(cut.layers()).isEqualTo(model.layers().size());
            same.add(cut.equals(balanced));
        }
        assertThat(same)
                .as("whether it is the cut with the smallest largest stage")
                .containsExactlyInAnyOrder(true, false);
    }

    private static Model model(Random random) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            layers.add(dense(1 + random.nextInt(40)));
            layers.add(relu());
        }
        return Model.of(Shape.of(20), layers.toArray(Layer[]::new));
    }

    @Test
    void aStageForEachLayerLeavesNoChoice() {
        Model model = Model.of(Shape.of(4), dense(3), relu(), dense(2));

        assertThat(EstimatedCut.of(model, Schedules.named("gpipe"), new PipelineShape(2, 1, 4), 1, 8, false))
                .isEqualTo(Partition.balanced(model, 2));
    }

    @Test
    void moreStagesThanLayersWithWeightsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EstimatedCut.of(
                        Model.of(Shape.of(4), dense(3), relu(), dense(2)),
                        Schedules.named("gpipe"),
                        new PipelineShape(4, 1, 4),
                        1,
                        8,
                        false))
                .withMessageContaining("at most 2");
    }
}
