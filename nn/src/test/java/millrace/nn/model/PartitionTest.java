package millrace.nn.model;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import millrace.nn.layer.Layer;
import millrace.nn.model.Partition.Range;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionTest {
    private static final Model THREE_DENSE =
            Model.of(Shape.of(2, 4), flatten(), dense(8), relu(), dense(8), relu(), dense(2));

    @Test
    void activationsStayWithTheLayerTheyFollow() {
        Partition partition = Partition.balanced(THREE_DENSE, 3);

        assertThat(partition.stages()).isEqualTo(3);
        assertThat(partition.range(0)).isEqualTo(new Range(0, 3));
        assertThat(partition.range(1)).isEqualTo(new Range(3, 5));
        assertThat(partition.range(2)).isEqualTo(new Range(5, 6));
    }

    @Test
    void oneStageIsTheWholeModel() {
        assertThat(Partition.balanced(THREE_DENSE, 1)).isEqualTo(Partition.whole(THREE_DENSE));
        assertThat(Partition.whole(THREE_DENSE).range(0)).isEqualTo(new Range(0, 6));
    }

    @Test
    void aModelWithoutWeightsIsOneStage() {
        Model model = Model.of(Shape.of(4), relu(), relu());

        assertThat(Partition.balanced(model, 1)).isEqualTo(Partition.whole(model));
    }

    @Test
    void moreStagesThanLayersWithWeightsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Partition.balanced(Model.of(Shape.of(4), dense(3), relu(), dense(2)), 4))
                .withMessage("stages: 4 (expected: at most 2, the model has 2 layers with weights);"
                        + " lower --stages or add layers");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Partition.balanced(Model.of(Shape.of(4), dense(3)), 2))
                .withMessage("stages: 2 (expected: at most 1, the model has 1 layer with weights);"
                        + " lower --stages or add layers");
    }

    @Test
    void cutByHand() {
        assertThat(Partition.starts(THREE_DENSE)).containsExactly(0, 3, 5);
        assertThat(Partition.of(THREE_DENSE, List.of(3, 3))).isEqualTo(new Partition(List.of(0, 3), 6));
        assertThat(Partition.of(THREE_DENSE, List.of(3, 2, 1))).isEqualTo(Partition.balanced(THREE_DENSE, 3));
    }

    @Test
    void aLayoutThatDoesNotFitIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Partition.of(THREE_DENSE, List.of(3, 2)))
                .withMessage("layout: 5 layers in 2 stages (expected: 6, the layers of the model, as millrace summary"
                        + " lists them)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Partition.of(THREE_DENSE, List.of(5, 4)))
                .withMessageStartingWith("layout: 9 layers in 2 stages");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Partition.of(THREE_DENSE, List.of(4, 2)))
                .withMessage(
                        "layout: stage 1 begins with layer 4 (expected: one of [0, 3, 5], a stage begins with a layer"
                                + " that has weights)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Partition.of(THREE_DENSE, List.of(6, 0)))
                .withMessage("layout: a stage of 0 layers (expected: 1 or more for each stage)");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void lessThanOneStageIsRefused(int stages) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Partition.balanced(THREE_DENSE, stages))
                .withMessage("stages: " + stages + " (expected: 1 or more); raise --stages");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void theBusiestStageHasAsLittleWorkAsTryingAllCutsFinds(long seed) {
        Random random = new Random(seed);
        List<Layer> layers = new ArrayList<>();
        int dense = 1 + random.nextInt(9);
        for (int i = 0; i < dense; i++) {
            layers.add(dense(1 + random.nextInt(random.nextBoolean() ? 4 : 400)));
            if (random.nextBoolean()) {
                layers.add(relu());
            }
        }
        Model model = Model.named("random", Shape.of(1 + random.nextInt(100)), layers);
        int stages = 1 + random.nextInt(dense);
        Partition partition = Partition.balanced(model, stages);
        String where = "seed " + seed + ": " + stages + " stages of " + layers;

        assertThat(partition.stages()).as(where).isEqualTo(stages);
        long busiest = 0;
        for (int stage = 0; stage < stages; stage++) {
            Range range = partition.range(stage);
            assertThat(range.from())
                    .as(where)
                    .isEqualTo(stage == 0 ? 0 : partition.range(stage - 1).to());
            assertThat(model.hasWeights(range.from())).as(where).isTrue();
            busiest = Math.max(busiest, work(model, range.from(), range.to()));
        }
        assertThat(partition.range(stages - 1).to()).as(where).isEqualTo(layers.size());
        assertThat(busiest).as(where).isEqualTo(leastMaximum(model, 0, stages));
    }

    /** Products a sample needs: forward and backward-weight, and backward-input for all layers but the first. */
    private static long work(Model model, int from, int to) {
        return 3 * model.parameterCount(from, to) - (from == 0 ? model.parameterCount(0, 1) : 0);
    }

    private static long leastMaximum(Model model, int from, int stages) {
        int end = model.layers().size();
        if (stages == 1) {
            return work(model, from, end);
        }
        long least = Long.MAX_VALUE;
        for (int cut = from + 1; cut < end; cut++) {
            if (model.hasWeights(cut) && model.parameterCount(cut, end) > 0) {
                long rest = leastMaximum(model, cut, stages - 1);
                least = Math.min(least, Math.max(work(model, from, cut), rest));
            }
        }
        return least;
    }
}
