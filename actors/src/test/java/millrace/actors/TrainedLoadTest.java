package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.nn.data.Dataset;
import millrace.nn.data.LinearSource;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.kernel.Precision;
import millrace.nn.layer.Layers;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.Shape;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run's network by one line, from its folder alone. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrainedLoadTest {
    private static final Model MODEL = Model.named(
            "small", Shape.of(12), List.of(dense(8), Layers.batchNorm(), relu(), Layers.residual(dense(8)), dense(3)));
    private static final Dataset DATA = named(new RandomClassesSource(60, 12, 3, 4).generate());

    @TempDir
    private Path folder;

    private static Dataset named(Dataset data) {
        return new Dataset(data.name(), data.inputs(), data.targets(), List.of("cat", "dog", "owl"));
    }

    private Training training(Model model) {
        return Training.of(model)
                .optimizer(new Sgd(0.1))
                .microBatches(2)
                .batch(20)
                .epochs(1)
                .checkpoints(folder);
    }

    private static void assertSame(Trained loaded, Trained trained, Dataset data) {
        assertThat(loaded.predict(data.inputs()).toFloats())
                .containsExactly(trained.predict(data.inputs()).toFloats());
        assertThat(loaded.evaluate(data)).isEqualTo(trained.evaluate(data));
        assertThat(loaded.classes()).isEqualTo(trained.classes());
        assertThat(loaded.loss()).isEqualTo(trained.loss());
        assertThat(loaded.model().name()).isEqualTo(trained.model().name());
        assertThat(loaded.weights().keySet()).isEqualTo(trained.weights().keySet());
    }

    @Test
    void aLineOfActors() {
        Trained trained = training(MODEL)
                .loss(new CrossEntropy(0.1, List.of(1.0, 2.0, 0.5)))
                .stages(2)
                .fit(DATA);

        Trained loaded = Trained.load(folder);

        assertSame(loaded, trained, DATA);
        assertThat(loaded.predictClasses(DATA.inputs()))
                .hasSize(60)
                .isEqualTo(trained.predictClasses(DATA.inputs()))
                .isSubsetOf("cat", "dog", "owl");
        assertThat(trained.result().steps()).isEqualTo(3);
        assertThatIllegalStateException()
                .isThrownBy(loaded::result)
                .withMessage("result: none (expected: of a model that fit has returned, this one was loaded)");
    }

    /** The name of a row's class is that of its largest output, whatever the number of outputs. */
    @Test
    void classesAreThoseOfTheLargestOutputs() {
        Trained trained = training(MODEL).fit(DATA);
        float[] outputs = trained.predict(DATA.inputs()).toFloats();
        List<String> names = trained.predictClasses(DATA.inputs());

        for (int row = 0; row < 60; row++) {
            int label = DATA.classes().indexOf(names.get(row));
            for (int other = 0; other < 3; other++) {
                assertThat(outputs[row * 3 + label]).isGreaterThanOrEqualTo(outputs[row * 3 + other]);
            }
        }
    }

    @Test
    void theReferenceAndAStreamInReducedPrecision() {
        Trained sequential = training(MODEL.with(Precision.BF16)).fitSequentially(DATA);
        assertSame(Trained.load(folder), sequential, DATA);
        assertThat(Trained.load(folder).model().precision()).isEqualTo(Precision.BF16);

        Path other = folder.resolve("stream");
        Model plain = Model.of(Shape.of(12), dense(8), relu(), dense(3));
        Trained stream = training(plain).checkpoints(other).stream(new StreamSpec(2, 1, 0, WeightPolicy.STASH))
                .fit(DATA);
        assertSame(Trained.load(other), stream, DATA);
    }

    @Test
    void valuesHaveNoClasses() {
        Dataset line = new LinearSource(2, 1, 0.1, 60, 3).generate();
        Trained trained =
                training(Model.of(Shape.of(1), dense(1))).loss(Losses.mse()).fit(line);

        Trained loaded = Trained.load(folder);

        assertSame(loaded, trained, line);
        assertThatIllegalStateException()
                .isThrownBy(() -> loaded.predictClasses(line.inputs()))
                .withMessage("classes: none (expected: of a model with one label a sample); use predict");
    }

    @Test
    void goesOnAfterAResumeAsTheSameNetwork() {
        training(MODEL).fit(DATA);
        Path other = folder.resolve("resumed");
        Trained trained =
                training(MODEL).checkpoints(other).resume(folder).epochs(2).fit(DATA);

        assertSame(Trained.load(other), trained, DATA);
    }

    @Test
    void aCheckpointOfAnEarlierVersionNeedsTheModel() {
        Trained trained = training(MODEL).fit(DATA);
        Path older = folder.resolve("older");
        Path saved = new CheckpointStore(older, 1).save(trained.result().finalState(), "", Map.of(), false);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Trained.load(older))
                .withMessage(saved.toString()
                        + ": the network is not described (expected: a checkpoint of a version that says which layers it"
                        + " has); name the model yourself, with Trained.load(folder, model)");
        Trained loaded = Trained.load(older, MODEL);
        assertThat(loaded.predict(DATA.inputs()).toFloats())
                .containsExactly(trained.predict(DATA.inputs()).toFloats());
        assertThat(loaded.evaluate(Losses.crossEntropy(), DATA)).isEqualTo(trained.evaluate(DATA));
        assertThatIllegalStateException()
                .isThrownBy(() -> loaded.evaluate(DATA))
                .withMessageStartingWith("loss: not described in the checkpoint");
    }

    @Test
    void aLayerThatIsNotRegisteredIsNamed() {
        HostileLayer own = new HostileLayer(HostileLayer.Place.FORWARD, -1, new IllegalStateException());
        Model model = Model.of(Shape.of(12), dense(8), own, dense(3));
        Trained trained = training(model).fit(DATA);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Trained.load(folder))
                .withMessageContaining("the network is not described: layer 1: type: hostile (expected: one of dense,")
                .withMessageEndingWith("with Trained.load(folder, model)");
        assertThat(Trained.load(folder, model).predict(DATA.inputs()).toFloats())
                .containsExactly(trained.predict(DATA.inputs()).toFloats());
    }

    @Test
    void anotherModelThanTheOneDescribedIsRefused() {
        training(Model.of(Shape.of(12), dense(8), relu(), dense(3))).fit(DATA);

        // its weights would fit
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Trained.load(folder, Model.of(Shape.of(12), dense(8), Layers.tanh(), dense(3))))
                .withMessageContaining("(expected: [Dense[")
                .withMessageEndingWith("load it without a model");
    }

    @Test
    void whatIsNoRunSaysSo() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Trained.load(folder.resolve("nothing")))
                .withMessageContaining("no such folder (expected: the folder of a checkpoint or of a run)");
    }
}
