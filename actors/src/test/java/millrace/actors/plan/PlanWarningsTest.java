package millrace.actors.plan;

import static millrace.nn.layer.Layers.batchNorm;
import static millrace.nn.layer.Layers.conv2d;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.sigmoid;
import static millrace.nn.layer.Layers.softmax;
import static millrace.nn.layer.Layers.tanh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import millrace.actors.Training;
import millrace.nn.data.BatchOrder;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.layer.Block;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of plans that hardly mean what they say. */
class PlanWarningsTest {
    private static Dataset data(int samples, int classes) {
        return new RandomClassesSource(samples, 4, classes, 1).generate();
    }

    private static List<String> warnings(Loss loss, Block... layers) {
        int classes = loss.takesLabels() ? 3 : 2;
        return Training.of(Model.of(Shape.of(4), layers))
                .loss(loss)
                .plan(data(64, classes))
                .warnings();
    }

    @Test
    void probabilitiesWhereALossTakesLogitsAreToldOf() {
        Loss cross = Losses.crossEntropy();
        Loss binary = Losses.binaryCrossEntropy();

        assertThat(warnings(cross, dense(3), softmax()))
                .containsExactly(
                        "layer 1 (softmax): probabilities for the loss cross-entropy (expected: logits, the loss"
                                + " has a softmax of its own; with both the network learns slowly and less); leave the layer"
                                + " out, predict and evaluate do without it");
        assertThat(warnings(cross, dense(3), softmax(), flatten())).hasSize(1);
        assertThat(warnings(cross, dense(3), sigmoid())).hasSize(1);
        assertThat(warnings(binary, dense(1), sigmoid()))
                .singleElement()
                .asString()
                .startsWith("layer 1 (sigmoid): probabilities for the loss binary-cross-entropy (expected: logits, the"
                        + " loss has a sigmoid of its own;");
        assertThat(warnings(cross, dense(5), softmax(), dense(3))).isEmpty();
        assertThat(warnings(cross, dense(3), relu())).isEmpty();
        assertThat(warnings(binary, dense(1))).isEmpty();
    }

    /** Random ends of a network: what counts is the last layer that changes values in inference. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void theLastLayerThatChangesAValueDecides(long seed) {
        Random random = new Random(seed);
        boolean cross = random.nextBoolean();
        List<Block> layers = new ArrayList<>(List.of(dense(cross ? 3 : 1)));
        List<Block> functions = List.of(softmax(), sigmoid(), relu(), tanh());
        Block last = layers.getFirst();
        for (int i = random.nextInt(3); i > 0; i--) {
            last = functions.get(random.nextInt(4));
            layers.add(last);
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            layers.add(random.nextBoolean() ? flatten() : dropout(0.2f));
        }
        boolean told = last.equals(softmax()) || last.equals(sigmoid());

        assertThat(warnings(cross ? Losses.crossEntropy() : Losses.binaryCrossEntropy(), layers.toArray(Block[]::new)))
                .as("seed %d: %s", seed, layers)
                .hasSize(told ? 1 : 0);
    }

    /** Beside the batches as they are made: refused where all of a batch are alone, told where some are. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24})
    void batchNormNeedsTwoValues(long seed) {
        Random random = new Random(seed);
        int microBatches = 1 + random.nextInt(4);
        int batch = microBatches * (1 + random.nextInt(3));
        int samples = 1 + random.nextInt(20);
        String input = "seed " + seed + ": batch " + batch + ", micro-batches " + microBatches + ", samples " + samples;
        BatchOrder order = new BatchOrder(samples, batch, microBatches, 1, true);
        List<Integer> firstBatch = new ArrayList<>();
        List<Integer> all = new ArrayList<>();
        for (long step = 0; step < order.stepsPerEpoch(); step++) {
            for (int i = 0; i < microBatches; i++) {
                int rows = order.rows(step, i);
                if (rows > 0) {
                    all.add(rows);
                    if (step == 0) {
                        firstBatch.add(rows);
                    }
                }
            }
        }
        Training training = Training.of(Model.of(Shape.of(4), dense(5), batchNorm(), relu(), dense(3)))
                .batch(batch)
                .microBatches(microBatches);

        if (firstBatch.stream().allMatch(rows -> rows == 1)) {
            assertThatIllegalArgumentException()
                    .as(input)
                    .isThrownBy(() -> training.plan(data(samples, 3)))
                    .withMessage(
                            "layer 1 (batch-norm): 1 value a channel in every micro-batch (expected: 2 or more, of one"
                                    + " nothing is left but the shift); lower --micro-batches or raise --batch, or use"
                                    + " layer-norm");
        } else {
            assertThat(training.plan(data(samples, 3)).warnings())
                    .as(input)
                    .hasSize(all.contains(1) ? 1 : 0)
                    .allMatch(warning -> warning.startsWith("layer 1 (batch-norm) sees 1 value a channel in "));
        }
    }

    @Test
    void placesOfAnImageAreValuesToo() {
        Training image = Training.of(Model.of(Shape.of(1, 2, 2), conv2d(3, 1, 1, 0), batchNorm(), flatten(), dense(3)))
                .batch(4)
                .microBatches(4);
        Training point = Training.of(Model.of(Shape.of(1, 2, 2), conv2d(3, 2, 1, 0), batchNorm(), flatten(), dense(3)))
                .batch(4)
                .microBatches(4);
        Dataset images = data(64, 3).withSampleShape(Shape.of(1, 2, 2));

        assertThat(image.plan(images).warnings()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> point.plan(images))
                .withMessageStartingWith("layer 1 (batch-norm): 1 value a channel");
    }

    @Test
    void theLastBatchOfAnEpochIsToldOf() {
        Training training = Training.of(Model.of(Shape.of(4), dense(5), batchNorm(), dense(3)))
                .batch(8)
                .microBatches(2);

        assertThat(training.plan(data(19, 3)).warnings())
                .containsExactly(
                        "layer 1 (batch-norm) sees 1 value a channel in 1 micro-batch of the last batch of an epoch,"
                                + " which has 3 samples (expected: 2 or more, of one nothing is left but the shift); choose"
                                + " another --batch or --micro-batches");
    }
}
