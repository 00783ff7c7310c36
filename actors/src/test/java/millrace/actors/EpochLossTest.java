package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.embedding;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.nn.data.Dataset;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The loss of an epoch is that of an evaluation of the training set, where the weights do not move: the sum of the losses
 * over the sum of the weights, whatever the batches.
 */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EpochLossTest {
    private static final int CLASSES = 4;
    // below the last digit of any weight
    private static final Sgd STANDING = new Sgd(1e-30);

    @TempDir
    private Path folder = Path.of("");

    private final List<TrainingEvent> events = new ArrayList<>();

    /** Texts of five places with labels of which some are left out, in most rows another number. */
    private static Dataset places(Random random, int samples) {
        int context = 5;
        Tensor tokens = Tensor.zeros(Arena.ofAuto(), ElementType.I32, Shape.of(samples, context));
        Tensor labels = Tensor.zeros(Arena.ofAuto(), ElementType.I32, Shape.of(samples, context));
        for (int row = 0; row < samples; row++) {
            int counted = random.nextInt(context + 1);
            for (int place = 0; place < context; place++) {
                long i = (long) row * context + place;
                tokens.setInt(i, random.nextInt(CLASSES));
                // the first classes at the beginning, so that batches differ in their classes
                int label = row < samples / 2 ? random.nextInt(2) : random.nextInt(CLASSES);
                labels.setInt(i, place < counted ? label : Dataset.IGNORED);
            }
        }
        return new Dataset(
                "places",
                tokens,
                labels,
                IntStream.range(0, CLASSES).mapToObj(String::valueOf).toList());
    }

    private Training training(Random random) {
        Model model = Model.of(Shape.of(5), embedding(CLASSES, 6), dense(5), dense(CLASSES));
        List<Double> weights = new ArrayList<>();
        for (int c = 0; c < CLASSES; c++) {
            weights.add(c > 0 && random.nextInt(4) == 0 ? 0 : 0.1 + 20 * random.nextDouble());
        }
        double smoothing = random.nextBoolean() ? 0 : 0.2;
        return Training.of(model)
                .optimizer(STANDING)
                .loss(new CrossEntropy(smoothing, weights))
                .shuffle(random.nextBoolean())
                .seed(random.nextLong())
                .listener(events::add);
    }

    private void assertEpochsHaveTheLossOf(Trained trained, Dataset data, String input) {
        double evaluated = trained.evaluate(data).loss();
        List<EpochEnd> epochs = events.stream()
                .filter(EpochEnd.class::isInstance)
                .map(EpochEnd.class::cast)
                .toList();
        assertThat(epochs).as(input).hasSize(2);
        for (EpochEnd epoch : epochs) {
            assertThat(epoch.loss()).as(input).isCloseTo(evaluated, within(1e-6 * evaluated));
        }
        events.clear();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void itIsTheWeightedMeanOverTheEpoch(long seed) {
        Random random = new Random(seed);
        Dataset data = places(random, 20 + random.nextInt(20));
        int batch = 2 * (1 + random.nextInt(4));
        Training training = training(random).batch(batch).microBatches(2).epochs(2);

        boolean lines = seed <= 2;
        assertEpochsHaveTheLossOf(training.fitSequentially(data), data, "without actors, seed " + seed);
        if (lines) {
            assertEpochsHaveTheLossOf(training.stages(2).fit(data), data, "as a line, seed " + seed);
        }
        training.schedule("chimera").stages(2);
        assertEpochsHaveTheLossOf(training.fitSequentially(data), data, "replicas without actors, seed " + seed);
        if (lines) {
            assertEpochsHaveTheLossOf(training.fit(data), data, "with replicas, seed " + seed);
        }
        training.stream(new StreamSpec(2, 1, 0, WeightPolicy.STASH));
        assertEpochsHaveTheLossOf(training.fitSequentially(data), data, "stream without actors, seed " + seed);
        if (lines) {
            assertEpochsHaveTheLossOf(training.fit(data), data, "as a stream, seed " + seed);
        }
    }

    @Test
    void itIsTheSameWhereTheEpochWasInterrupted() {
        Random random = new Random(7);
        Dataset data = places(random, 31);
        Training training = training(random).batch(4).microBatches(2).epochs(2);
        training.checkpoints(folder.resolve("run"))
                .checkpointEvery(Duration.ofNanos(1))
                .keep(100)
                .fitSequentially(data);
        events.clear();

        Trained trained = training.checkpoints(folder.resolve("second"))
                .resume(folder.resolve("run/checkpoints/step-00000003"))
                .fit(data);

        assertEpochsHaveTheLossOf(trained, data, "resumed");
    }

    /** A batch whose classes all weigh nothing is left out, and does not end the run. */
    @Test
    void aBatchWithoutWeightSaysNothing() {
        Tensor inputs = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(4, 1));
        Tensor labels = Tensor.zeros(Arena.ofAuto(), ElementType.I32, Shape.of(4));
        labels.setInt(2, 1);
        labels.setInt(3, 1);
        Dataset data = new Dataset("two classes", inputs, labels, List.of("0", "1"));
        Training training = Training.of(Model.of(Shape.of(1), dense(2)))
                .optimizer(STANDING)
                .loss(new CrossEntropy(0, List.of(0.0, 2.0)))
                .batch(2)
                .epochs(2)
                .shuffle(false)
                .listener(events::add);

        assertEpochsHaveTheLossOf(training.fit(data), data, "half of the batches");
        assertThat(training.fit(data).result().loss()).isFinite();
    }
}
