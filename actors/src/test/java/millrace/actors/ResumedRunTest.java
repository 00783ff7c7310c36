package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.actors.event.TrainingEvent;
import millrace.nn.backend.Backend;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Layers;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Adagrad;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Plateau;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that go on from a checkpoint: the same run exactly, or none. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ResumedRunTest {
    private static final Model MODEL = model(relu());

    @TempDir
    private Path folder = Path.of("");

    private static Model model(Layer activation) {
        return Model.of(Shape.of(6), dense(5), activation, dense(3));
    }

    private static Dataset data(int samples) {
        return new RandomClassesSource(samples, 6, 3, 4).generate();
    }

    /**
     * Two parts of a run with random numbers. The second part makes what the whole run would have made, or where a number
     * that steps depend on is another one, it is refused before anything is trained.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void aRunGoesOnAsItself(long seed) {
        Random random = new Random(seed);
        int batch = 1 + random.nextInt(12);
        int samples = 12 + random.nextInt(20);
        int stepsPerEpoch = (samples + batch - 1) / batch;
        int epochs = 2 + random.nextInt(3);
        long first = 1L + random.nextInt(stepsPerEpoch * epochs - 1);
        int nextBatch = random.nextBoolean() ? batch : 1 + random.nextInt(12);
        int nextSamples = random.nextBoolean() ? samples : 12 + random.nextInt(20);
        String input = "seed " + seed + ": batch " + batch + " and " + nextBatch + ", samples " + samples + " and "
                + nextSamples + ", " + first + " steps of " + epochs + " epochs";
        Path run = folder.resolve("run");
        // falls often, by the loss of whole epochs
        Plateau plateau = new Plateau(0.5, random.nextInt(2), 0.1, true, 0, 0, 1e-8);
        training(batch, epochs).plateau(plateau).steps(first).checkpoints(run).fitSequentially(data(samples));

        List<TrainingEvent> events = new ArrayList<>();
        Training second =
                training(nextBatch, epochs).plateau(plateau).resume(run).listener(events::add);

        if (nextBatch != batch || nextSamples != samples) {
            assertThatIllegalArgumentException()
                    .as(input)
                    .isThrownBy(() -> second.fitSequentially(data(nextSamples)))
                    .withMessageContaining("as the checkpoint was made with");
            assertThat(events).isEmpty();
            return;
        }
        Trained resumed = second.fitSequentially(data(samples));
        assertThat(resumed.result().steps()).as(input).isEqualTo((long) stepsPerEpoch * epochs);
        assertThat(resumed.result().weightsSha256())
                .as(input)
                .isEqualTo(training(batch, epochs)
                        .plateau(plateau)
                        .fitSequentially(data(samples))
                        .result()
                        .weightsSha256());
        assertThat(events).as(input).noneMatch(TrainingEvent.Noticed.class::isInstance);
    }

    private static Training training(int batch, int epochs) {
        return Training.of(MODEL).batch(batch).epochs(epochs);
    }

    static Stream<Optimizer> optimizers() {
        return Stream.of(
                new Optimizer.Sgd(0.1, 0.9, false, 0, 0.3),
                new Optimizer.Adam(0.01, 0.9, 0.5, 1e-8, 0.1, true, true),
                new Optimizer.RmsProp(0.01, 0.9, 1e-8, 0, 0.5, true),
                new Adagrad(0.1, 0, 1e-10, 0, 0.5));
    }

    /** Whatever an optimizer keeps besides the weights is saved, and taken up where it was. */
    @ParameterizedTest
    @MethodSource("optimizers")
    void anOptimizerGoesOnWithAllItsBuffers(Optimizer optimizer) {
        Path run = folder.resolve("run");
        Training training = training(8, 3).optimizer(optimizer).stages(2);
        String whole = training.fit(data(24)).result().weightsSha256();
        training(8, 3).optimizer(optimizer).steps(4).checkpoints(run).fitSequentially(data(24));

        assertThat(training.fitSequentially(data(24)).result().weightsSha256()).isEqualTo(whole);
        assertThat(training.resume(run).fitSequentially(data(24)).result().weightsSha256())
                .isEqualTo(whole);
    }

    @Test
    void whatIsAnotherRunIsRefused() {
        Path run = folder.resolve("run");
        training(8, 2).checkpoints(run).fit(data(24));
        Training again = training(8, 3).resume(run);

        refused(again.seed(2), "seed: 2 (expected: 1, ");
        refused(again.seed(1).shuffle(false), "shuffle: false (expected: true, ");
        refused(
                again.shuffle(true).loss(new CrossEntropy(0, List.of(1.0, 2.0, 3.0))),
                "loss: cross-entropy with class weights [1.0, 2.0, 3.0] (expected: cross-entropy, ");
        refused(
                training(8, 3).resume(run).optimizer(new Optimizer.Sgd(0.1, 0.9)),
                "optimizer buffers: momentum_buffer (expected: exp_avg, exp_avg_sq, ");
        refused(
                Training.of(model(Layers.tanh())).batch(8).epochs(3).resume(run),
                "layers: dense, tanh, dense (expected: dense, relu, dense, ");
    }

    private static void refused(Training training, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training.fit(data(24)))
                .withMessageStartingWith(message)
                .withMessageEndingWith(
                        "; leave it as it was, or begin a new run with the checkpoint's weights by --init");
    }

    /** As in a JVM that was started without the Vector API. */
    @Test
    void otherKernelsAreTold() {
        Path run = folder.resolve("run");
        training(8, 2).checkpoints(run).fit(data(24));
        List<TrainingEvent> events = new ArrayList<>();

        training(8, 3)
                .backend(Backend.plain())
                .resume(run)
                .listener(events::add)
                .fit(data(24));

        assertThat(events.get(1))
                .isEqualTo(new TrainingEvent.Noticed("warning: kernels: onednn-scalar (the checkpoint was made with"
                        + " onednn); they add up in another order, so the last bits of weights are others"));
    }

    @Test
    void nothingLeftToTrainIsSaid() {
        Path run = folder.resolve("run");
        training(8, 2).checkpoints(run).fit(data(24));
        List<TrainingEvent> events = new ArrayList<>();

        training(8, 2).resume(run).listener(events::add).fit(data(24));

        assertThat(events.get(1))
                .isEqualTo(new TrainingEvent.Noticed("warning: nothing is left to train: the checkpoint has 6 steps"
                        + " behind it, and the run ends after 6 (2 epochs); raise --epochs to train on"));
    }
}
