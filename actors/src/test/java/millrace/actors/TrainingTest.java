package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult.Reason;
import millrace.actors.event.TrainingEvent;
import millrace.nn.backend.Backend;
import millrace.nn.data.Dataset;
import millrace.nn.data.LinearSource;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.infer.Evaluation;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Training as a Java program calls it. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrainingTest {
    private static final Model MODEL = Model.of(Shape.of(32), dense(8), relu(), dense(3));
    private static final Dataset DATA = new RandomClassesSource(96, 32, 3, 4).generate();

    @Test
    void fittingAsALineEqualsFittingSequentially() {
        Training training = Training.of(MODEL)
                .optimizer(new Sgd(0.5, 0.9))
                .stages(2)
                .schedule("gpipe")
                .microBatches(4)
                .batch(16)
                .epochs(20);

        Trained trained = training.fit(DATA);
        Trained sequentially = training.fitSequentially(DATA);

        assertThat(trained.result().reason()).isEqualTo(Reason.COMPLETED);
        assertThat(trained.result().steps()).isEqualTo(120);
        assertThat(trained.result().finalState().weightsSha256())
                .isEqualTo(sequentially.result().finalState().weightsSha256());
        Evaluation evaluation = trained.evaluate(DATA);
        assertThat(evaluation.accuracy()).isGreaterThan(0.9);
        assertThat(evaluation.samples()).isEqualTo(96);
        assertThat(trained.scores(DATA).evaluation()).isEqualTo(evaluation);
        assertThat(trained.scores(DATA).auc().orElseThrow()).isGreaterThan(0.9);
        Tensor outputs = trained.predict(DATA.inputs());
        assertThat(outputs.shape()).isEqualTo(Shape.of(96, 3));
        assertThat(Losses.crossEntropy().sum(Backend.fast().float32(), outputs, DATA.targets()) / 96)
                .isEqualTo(evaluation.loss());
    }

    @Test
    void aStreamEqualsItsReferenceToo() {
        Training training = Training.of(MODEL).optimizer(new Sgd(0.1, 0.9)).stream(
                        new StreamSpec(2, 1, 0, WeightPolicy.NESTEROV))
                .microBatches(4)
                .batch(16)
                .epochs(20);

        Trained trained = training.fit(DATA);

        assertThat(trained.result().finalState().weightsSha256())
                .isEqualTo(training.fitSequentially(DATA).result().finalState().weightsSha256());
        assertThat(trained.result().pipeline().staleness().getFirst().max()).isEqualTo(1);
        assertThat(trained.evaluate(DATA).accuracy()).isGreaterThan(0.9);
    }

    @Test
    void aLineThroughPointsIsFound() {
        Dataset points = new LinearSource(2, 1, 0, 64, 3).generate();

        Trained trained = Training.of(Model.of(Shape.of(1), dense(1)))
                .loss(Losses.mse())
                .optimizer(new Sgd(0.3))
                .batch(16)
                .epochs(50)
                .fit(points);

        assertThat(trained.result().finalState().weights().get(0).tensor().getFloat(0))
                .isBetween(1.99f, 2.01f);
        assertThat(trained.result().finalState().weights().get(1).tensor().getFloat(0))
                .isBetween(0.99f, 1.01f);
        assertThat(trained.evaluate(points).loss()).isLessThan(1e-4);
    }

    @Test
    void settingsReachTheRun() {
        Recorder recorder = Recorder.ofEvents();
        Training training = Training.of(MODEL)
                .batch(16)
                .seed(5)
                .shuffle(false)
                .computeThreads(1)
                .steps(4);

        Trained trained = training.listener(recorder).validation(DATA).epochs(3).fit(DATA);
        Trained other = training.seed(6).fit(DATA);

        assertThat(recorder.losses()).hasSize(4 + 4);
        assertThat(trained.result().steps()).isEqualTo(4);
        assertThat(trained.result().evaluations()).containsOnlyKeys("validation");
        assertThat(other.result().finalState().weightsSha256())
                .isNotEqualTo(trained.result().finalState().weightsSha256());
    }

    private static Training restoring(int epochs) {
        return Training.of(MODEL)
                .optimizer(new Sgd(0.5, 0.9))
                .stages(2)
                .batch(16)
                .validation(DATA)
                .restoreBest()
                .epochs(epochs);
    }

    /** Each folder has all that the run needs to go on, the best epoch of an earlier folder among it. */
    @Test
    void aRunGoesOnInOtherFolders(@TempDir Path runs) {
        restoring(3).checkpoints(runs.resolve("first")).fit(DATA);
        restoring(4)
                .checkpoints(runs.resolve("second"))
                .resume(runs.resolve("first"))
                .fit(DATA);
        Trained third = restoring(6)
                .checkpoints(runs.resolve("third"))
                .resume(runs.resolve("second"))
                .fit(DATA);

        assertThat(third.result().weightsSha256())
                .isEqualTo(restoring(6).fit(DATA).result().weightsSha256());
    }

    @Test
    void aListenerHearsTheWholeStory() {
        List<TrainingEvent> events = new ArrayList<>();
        Training training = Training.of(MODEL).batch(16).steps(4).listener(events::add);

        Trained trained = training.fit(DATA);

        assertThat(events.getFirst())
                .isInstanceOfSatisfying(
                        TrainingEvent.Started.class,
                        run -> assertThat(run.sequential()).isFalse());
        assertThat(events.stream().filter(TrainingEvent.Step.class::isInstance)).hasSize(4);
        assertThat(events.getLast()).isEqualTo(new TrainingEvent.Finished(trained.result()));
    }

    @Test
    void whatDoesNotFitIsSaidBeforeAnythingStarts() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Training.of(MODEL).stages(3).fit(DATA))
                .withMessage("stages: 3 (expected: at most 2, the model has 2 layers with weights);"
                        + " lower --stages or add layers");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Training.of(MODEL).schedule("zigzag").fit(DATA))
                .withMessageStartingWith("schedule: zigzag (expected: one of gpipe, 1f1b, ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Training.of(MODEL).microBatches(3).batch(16).fit(DATA))
                .withMessage("micro-batches: 3 (expected: a divisor of the batch 16);"
                        + " change --micro-batches or --batch");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Training.of(MODEL).epochs(0).fit(DATA))
                .withMessageStartingWith("epochs: 0");
    }

    @Test
    void modelLossAndDataMustFitEachOther() {
        Dataset points = new LinearSource(2, 1, 0, 8, 3).generate();
        Model wide = Model.of(Shape.of(33), dense(3));
        Model line = Model.of(Shape.of(1), dense(2));
        Model narrow = Model.of(Shape.of(32), dense(2));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Training.of(wide).fit(DATA))
                .withMessage("data random-classes: samples of shape 32 (expected: 33, the model's input);"
                        + " change the model's input shape");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Training.of(line).fit(points))
                .withMessage("loss: cross-entropy (expected: one for values, the data set linear has no classes);"
                        + " use mse, mae or huber");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Training.of(line).loss(Losses.mse()).fit(points))
                .withMessage("output: 2 (expected: 1 as in the targets); give the last dense layer 1 units");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Training.of(narrow).fit(DATA))
                .withMessage("output: 2 (expected: one logit for each of the 3 classes);"
                        + " give the last dense layer 3 units");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Training.of(MODEL).validation(points).fit(DATA))
                .withMessageStartingWith("data linear: samples of shape 1 (expected: 32");
    }
}
