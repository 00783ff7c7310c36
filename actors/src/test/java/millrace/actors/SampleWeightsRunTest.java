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
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingEvent.EpochEnd;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
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
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose samples have weights: PyTorch's values, and the same however the line is cut. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SampleWeightsRunTest {
    private static final CrossEntropy BY_CLASS = new CrossEntropy(0, List.of(0.5, 2.0, 1.25));

    // PyTorch 2.13: sample_weights() of make_golden.py in the module nn
    private static final float[] SAMPLES = {
        1.63869548f,
        -1.39197469f,
        0.84700501f,
        1.35457098f,
        0.518090963f,
        1.26898658f,
        -0.0993147567f,
        -0.53941077f,
        -0.228444889f,
        0.962973058f,
        1.19611168f,
        -0.480086297f,
        -0.959361792f,
        0.894549012f,
        -0.575487614f,
        0.478146493f,
        0.382335871f,
        -0.783747971f,
        0.240194216f,
        -0.0247960277f,
        0.703526735f,
        -1.51908541f,
        -1.25714719f,
        0.936573565f,
        0.423548758f,
        1.92207253f,
        -0.236800253f,
        -0.589184642f,
        0.687003613f,
        0.669658244f,
        -0.525799572f,
        -2.20509815f,
        -0.814294755f,
        -1.01766396f,
        0.0492569245f,
        -0.37154755f,
        -0.252074689f,
        0.62409693f,
        -1.13080037f,
        0.519239485f
    };
    private static final float[] COUNTS = {1, 2, 0, 5, 0.25f, 3, 1, 0.5f, 4, 0.125f};
    private static final float[] INITIAL_WEIGHT = {
        -2.16515017f,
        -0.479984641f,
        -0.753124654f,
        -0.776703775f,
        -0.697466493f,
        -0.688460886f,
        0.360465825f,
        2.69139457f,
        0.506882906f,
        1.5551722f,
        0.167383134f,
        -0.0933299735f
    };
    private static final float[] INITIAL_BIAS = {-0.965539932f, -2.26106596f, 1.43387294f};
    private static final double[] EPOCH_LOSSES = {3.56710339, 1.09045923, 1.24164641};
    private static final float[] TRAINED_WEIGHT = {
        -1.07309675f,
        -3.36476707f,
        -1.11511755f,
        0.361255348f,
        1.42362392f,
        4.07212925f,
        0.931037664f,
        0.0569408089f,
        -2.7062614f,
        -0.320635587f,
        -0.0411959141f,
        1.40316451f
    };
    private static final float[] TRAINED_BIAS = {-0.473830819f, -0.0880613253f, -1.23084104f};
    private static final double EVALUATED = 0.6954934;

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
        Dataset data = new Dataset(
                        "golden",
                        Tensor.of(Arena.ofAuto(), Shape.of(10, 4), SAMPLES),
                        Tensor.labels(Arena.ofAuto(), 0, 1, 2, 2, 1, 0, 1, 2, 0, 1),
                        List.of("0", "1", "2"))
                .withWeights(COUNTS);
        List<NamedTensor> first = List.of(
                new NamedTensor("0.weight", Tensor.of(Arena.ofAuto(), Shape.of(3, 4), INITIAL_WEIGHT)),
                new NamedTensor("0.bias", Tensor.of(Arena.ofAuto(), Shape.of(3), INITIAL_BIAS)));
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
                assertThat(losses.get(epoch)).isCloseTo(EPOCH_LOSSES[epoch], within(2e-6));
            }
            String run = microBatches + " micro-batches";
            assertThat(Objects.requireNonNull(trained.weights().get("0.weight")).toFloats())
                    .as(run)
                    .containsExactly(TRAINED_WEIGHT, Offset.offset(2e-6f));
            assertThat(Objects.requireNonNull(trained.weights().get("0.bias")).toFloats())
                    .as(run)
                    .containsExactly(TRAINED_BIAS, Offset.offset(2e-6f));
            assertThat(trained.evaluate(data).loss()).isCloseTo(EVALUATED, within(2e-6));
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
            assertThat(Objects.requireNonNull(line.result().evaluations().get("test"))
                            .loss())
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
