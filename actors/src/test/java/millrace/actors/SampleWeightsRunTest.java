package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.golden.Close;
import millrace.nn.golden.Golden;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import millrace.nn.weights.WeightsFile;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose samples have weights: PyTorch's values, and the same however the line is cut. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SampleWeightsRunTest {
    private static final CrossEntropy BY_CLASS = new CrossEntropy(0, List.of(0.5, 2.0, 1.25));

    @TempDir
    private Path folder = Path.of("");

    private static Dataset random(long seed) {
        Random random = new Random(seed);
        // the last batch is not full
        Dataset data = new RandomClassesSource(27, 6, 3, seed).generate();
        float[] weights = new float[27];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = random.nextInt(4) == 0 ? 0 : 5 * random.nextFloat();
        }
        return data.withWeights(weights);
    }

    private static Training training(long seed) {
        return Training.of(Model.of(Shape.of(6), dense(8), relu(), dense(7), relu(), dense(3)))
                .optimizer(new Sgd(0.2, 0.9))
                .loss(seed % 2 == 0 ? BY_CLASS : Losses.crossEntropy())
                .seed(seed)
                .microBatches(4)
                .batch(8)
                .epochs(3);
    }

    private static String weights(Trained trained) {
        return trained.result().finalState().weightsSha256();
    }

    @Test
    void lossesAndWeightsArePyTorchs() {
        Golden golden = Golden.read("sample-weights");
        Dataset data = new Dataset(
                        "golden",
                        golden.tensor(Arena.ofAuto(), "samples"),
                        golden.labels(Arena.ofAuto(), "targets"),
                        List.of("0", "1", "2"))
                .withWeights(golden.floats("counts"));
        List<NamedTensor> first = Stream.of("0.weight", "0.bias")
                .map(name -> new NamedTensor(name, golden.tensor(Arena.ofAuto(), "initial." + name)))
                .toList();
        Path initial = folder.resolve("initial.safetensors");
        WeightsFile.write(initial, first);
        for (int microBatches : new int[] {1, 4}) {
            List<TrainingEvent> events = new ArrayList<>();
            Trained trained = Training.of(Model.of(Shape.of(4), dense(3)))
                    .loss(BY_CLASS)
                    .optimizer(new Sgd(0.5, 0.9))
                    .init(initial)
                    .shuffle(false)
                    .batch(4)
                    .microBatches(microBatches)
                    .epochs(3)
                    .listener(events::add)
                    .fit(data);

            List<Double> losses = events.stream()
                    .filter(EpochEnd.class::isInstance)
                    .map(event -> ((EpochEnd) event).loss())
                    .toList();
            assertThat(losses).hasSize(3);
            for (int epoch = 0; epoch < 3; epoch++) {
                assertThat(losses.get(epoch)).isCloseTo(golden.doubles(epoch + ".loss")[0], within(2e-6));
            }
            for (String name : List.of("0.weight", "0.bias")) {
                Close.relative(
                        name + " with " + microBatches + " micro-batches",
                        trained.weights().get(name).toFloats(),
                        golden.floats("trained." + name),
                        2e-6);
            }
            assertThat(trained.evaluate(data).loss()).isCloseTo(golden.doubles("evaluated")[0], within(2e-6));
            assertThat(trained.scores(data).evaluation().loss())
                    .isEqualTo(trained.evaluate(data).loss());
        }
    }

    /** Flushing, with replicas, and without a flush; the test set has weights of its own. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void aLineHasTheWeightsOfTheReference(long seed) {
        Dataset data = random(seed);
        Dataset test = random(seed + 100);
        List<Training> ways = List.of(
                training(seed).stages(1 + (int) (seed % 3)),
                training(seed).stages(2).schedule(seed % 2 == 0 ? "chimera" : "zb-h1"),
                training(seed).stream(new StreamSpec(2, 1, 0, WeightPolicy.STASH)));
        for (Training way : ways) {
            Trained line = way.test(test).fit(data);
            Trained reference = way.fitSequentially(data);

            assertThat(weights(line)).as("seed " + seed).isEqualTo(weights(reference));
            assertThat(line.result().evaluations()).as("seed " + seed).hasSize(1);
            assertThat(line.result().evaluations())
                    .as("seed " + seed)
                    .isEqualTo(reference.result().evaluations());
            assertThat(line.result().evaluations().get("test").loss())
                    .as("seed " + seed)
                    .isCloseTo(line.evaluate(test).loss(), within(1e-6));
        }
    }

    @Test
    void weightsMatterAndThoseOfOneDoNot() {
        Dataset data = random(1);
        Dataset plain = new Dataset(data.name(), data.inputs(), data.targets(), data.classes());
        float[] ones = new float[27];
        Arrays.fill(ones, 1);

        assertThat(weights(training(2).fit(data)))
                .isNotEqualTo(weights(training(2).fit(plain)));
        assertThat(weights(training(2).fit(plain.withWeights(ones))))
                .isEqualTo(weights(training(2).fit(plain)));
    }

    @Test
    void aRunThatIsResumedHasThemToo() {
        Dataset data = random(3);
        String expected = weights(training(3).stages(2).fit(data));
        training(3)
                .stages(2)
                .checkpoints(folder.resolve("run"))
                .checkpointEvery(Duration.ofNanos(1))
                .keep(100)
                .fitSequentially(data);

        Trained resumed = training(3)
                .stages(2)
                .resume(folder.resolve("run/checkpoints/step-00000005"))
                .fit(data);

        assertThat(weights(resumed)).isEqualTo(expected);
    }

    @Test
    void aMeanOverNothingIsRefusedBeforeAnythingStarts() {
        Tensor values = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(2, 1));
        Training training =
                Training.of(Model.of(Shape.of(1), dense(1))).loss(Losses.mse()).batch(2);
        Dataset none = new Dataset("none", values, values, List.of()).withWeights(0, 0);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> training.fit(none))
                .withMessageStartingWith("data none: weights of 2 samples that come to 0 (expected: above 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training.test(none).fit(none.withWeights(1, 0)))
                .withMessageStartingWith("data none: weights of 2 samples");
        Dataset classes = random(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training(2).fit(classes.withWeights(new float[27])))
                .withMessageContaining("the weights of all labels come to 0 (expected: above 0)");
    }
}
