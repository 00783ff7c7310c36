package millrace.actors;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static millrace.nn.layer.Layers.conv2d;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import millrace.nn.augment.Augmentation;
import millrace.nn.augment.RandomCrop;
import millrace.nn.augment.RandomHorizontalFlip;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.Shape;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Samples that are changed at random are the same in every run, however it is cut. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AugmentedRunTest {
    private static final Shape IMAGE = Shape.of(2, 4, 4);
    private static final Model MODEL =
            Model.of(IMAGE, conv2d(3, 3, 1, 1), relu(), flatten(), dense(8), relu(), dense(3));
    // the last batch is not full
    private static final Dataset DATA =
            new RandomClassesSource(27, 32, 3, 4).generate().withSampleShape(IMAGE);
    /** Of one's own: noise. */
    private static final Augmentation NOISE = (random, shape, values) -> {
        for (int i = 0; i < shape.size(); i++) {
            float value = values.getAtIndex(JAVA_FLOAT, i);
            values.setAtIndex(JAVA_FLOAT, i, value + 0.1f * (float) random.nextGaussian());
        }
    };

    private static Training training() {
        return Training.of(MODEL)
                .optimizer(new Sgd(0.1, 0.9))
                .microBatches(4)
                .batch(8)
                .epochs(3);
    }

    private static Training augmented() {
        return training().augment(new RandomCrop(1), new RandomHorizontalFlip(0.5f), NOISE);
    }

    private static String weights(Trained trained) {
        return trained.result().finalState().weightsSha256();
    }

    @ParameterizedTest
    @CsvSource({"1, 1f1b", "2, gpipe", "3, 1f1b", "2, zb-h1", "2, zb-v"})
    void everyPartitionHasTheWeightsOfTheReference(int stages, String schedule) {
        Training training = augmented().schedule(schedule).stages(stages);

        assertThat(weights(training.fit(DATA))).isEqualTo(weights(training.fitSequentially(DATA)));
    }

    @Test
    void soHaveStreams() {
        Training training = augmented().stream(new StreamSpec(2, 1, 0, WeightPolicy.STASH));

        assertThat(weights(training.fit(DATA))).isEqualTo(weights(training.fitSequentially(DATA)));
    }

    @Test
    void eachAugmentationAndTheSeedMatter() {
        assertThat(Set.of(
                        weights(training().fit(DATA)),
                        weights(training().augment(new RandomCrop(1)).fit(DATA)),
                        weights(training()
                                .augment(new RandomHorizontalFlip(0.5f))
                                .fit(DATA)),
                        weights(augmented().fit(DATA)),
                        weights(augmented().seed(2).fit(DATA))))
                .hasSize(5);
    }

    /** Once for each sample and epoch, by draws that are all different; the data itself stays as it is. */
    @Test
    void eachSampleIsDrawnAnewInEachEpoch() {
        float[] before = DATA.inputs().toFloats();
        Set<Long> draws = ConcurrentHashMap.newKeySet();

        Trained trained = training()
                .augment((random, shape, values) -> draws.add(random.nextLong()))
                .stages(2)
                .fit(DATA);

        assertThat(draws).hasSize(3 * 27);
        assertThat(DATA.inputs().toFloats()).isEqualTo(before);
        assertThat(weights(trained)).isEqualTo(weights(training().stages(2).fit(DATA)));
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeAnythingStarts() {
        Model flat = Model.of(Shape.of(32), dense(3));
        Dataset rows = new RandomClassesSource(27, 32, 3, 4).generate();

        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Training.of(flat).augment(new RandomCrop(1)).batch(8).fit(rows))
                .withMessageStartingWith("random-crop: samples of 32 (expected: images");
    }
}
