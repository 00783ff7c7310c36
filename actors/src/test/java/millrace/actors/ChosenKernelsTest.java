package millrace.actors;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.gelu;
import static millrace.nn.layer.Layers.gru;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.plan.KernelSetting;
import millrace.nn.backend.Backend;
import millrace.nn.choice.Choice;
import millrace.nn.choice.Choice.Form;
import millrace.nn.choice.KernelChoices;
import millrace.nn.choice.KernelTable.Demand;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.model.Model;
import millrace.nn.model.WeightMatrices;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.Shape;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kernels are a part of what a run is: whichever are chosen, all who compute it use them, and go on with them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChosenKernelsTest {
    private static final Model MODEL = Model.of(Shape.of(256), dense(96), gelu(), dense(256), gelu(), dense(3));
    private static final Dataset DATA = new RandomClassesSource(64, 256, 3, 4).generate();

    @TempDir
    private Path folder = Path.of("");

    @BeforeAll
    static void needsChoices() {
        assumeTrue(Backend.fast().chooses(), "oneDNN is not there for this platform");
    }

    /** Every product of a model in one form. */
    private static KernelChoices all(Model model, Choice choice) {
        List<String> texts = new ArrayList<>();
        for (Demand demand : WeightMatrices.of(model, 8, List.of(1, 2, 4))) {
            texts.add(new KernelChoices.Use(demand.in(), demand.out(), demand.forwards()) + ": " + choice);
        }
        return KernelChoices.parse(new HashSet<>(texts));
    }

    /** Each form in each place; the primitive once with itself, as both products are made one by one. */
    private static List<Choice> everyChoice() {
        List<Choice> choices = new ArrayList<>();
        choices.add(new Choice(Form.PRIMITIVE, Form.PRIMITIVE, true));
        choices.add(new Choice(Form.PRIMITIVE, Form.PRIMITIVE, false));
        for (Form forward : List.of(Form.PLAIN, Form.PACKED)) {
            for (Form input : List.of(Form.PLAIN, Form.PACKED)) {
                choices.add(new Choice(forward, input, true));
                choices.add(new Choice(forward, input, false));
            }
        }
        return choices;
    }

    private static Training training(Model model) {
        return Training.of(model).optimizer(new Sgd(0.05, 0.9)).microBatches(4).batch(16);
    }

    private static String digest(Trained trained) {
        return trained.result().finalState().weightsSha256();
    }

    @Test
    void theLineEqualsTheReferenceWithEveryChoice() {
        Set<String> digests = new HashSet<>();
        for (Choice choice : everyChoice()) {
            Training training = training(MODEL)
                    .kernels(new KernelSetting.Chosen(all(MODEL, choice)))
                    .stages(2)
                    .schedule("zb-h1");

            String digest = digest(training.fit(DATA));

            assertThat(digest).as("%s", choice).isEqualTo(digest(training.fitSequentially(DATA)));
            digests.add(digest);
        }
        // otherwise nothing was chosen
        assertThat(digests).hasSizeGreaterThan(1);
    }

    @Test
    void soDoesAStreamWithItsVersions() {
        for (Choice choice : everyChoice()) {
            Training training = training(MODEL).kernels(new KernelSetting.Chosen(all(MODEL, choice))).stream(
                            new StreamSpec(3, 2, 0, WeightPolicy.STASH))
                    .epochs(2);

            assertThat(digest(training.fit(DATA))).as("%s", choice).isEqualTo(digest(training.fitSequentially(DATA)));
        }
    }

    @Test
    void recurrentLayersFollowToo() {
        Model model = Model.of(Shape.of(4, 64), gru(32), flatten(), dense(3));
        Dataset data = DATA.withSampleShape(Shape.of(4, 64));
        for (Choice choice : everyChoice()) {
            Training training = training(model)
                    .kernels(new KernelSetting.Chosen(all(model, choice)))
                    .stages(2);

            assertThat(digest(training.fit(data))).as("%s", choice).isEqualTo(digest(training.fitSequentially(data)));
        }
    }

    @Test
    void aRunThatGoesOnKeepsItsKernels() {
        KernelChoices choices = all(MODEL, new Choice(Form.PLAIN, Form.PACKED, false));
        KernelChoices others = all(MODEL, new Choice(Form.PACKED, Form.PLAIN, true));
        Path run = folder.resolve("run");
        Training training =
                training(MODEL).kernels(new KernelSetting.Chosen(choices)).stages(2);
        String undisturbed = digest(training.epochs(3).fit(DATA));
        training.checkpoints(run).epochs(1).fit(DATA);

        String resumed = digest(training(MODEL)
                .kernels(new KernelSetting.Chosen(others))
                .stages(3)
                .epochs(3)
                .resume(run)
                .fit(DATA));

        assertThat(CheckpointStore.loadLast(run).progress().terms().choices()).isEqualTo(choices);
        assertThat(resumed).isEqualTo(undisturbed);
    }

    @Test
    void aCheckpointThatDoesNotSayGoesOnAsUsual() {
        KernelChoices choices = all(MODEL, new Choice(Form.PLAIN, Form.PACKED, false));
        Path run = folder.resolve("run");
        Training usual = training(MODEL).stages(2);
        String undisturbed = digest(usual.epochs(3).fit(DATA));
        usual.checkpoints(run).epochs(1).fit(DATA);

        String resumed = digest(training(MODEL)
                .kernels(new KernelSetting.Chosen(choices))
                .epochs(3)
                .resume(run)
                .fit(DATA));

        assertThat(resumed).isEqualTo(undisturbed);
    }

    @Test
    void oneThatGoesOnWithoutTheseKernelsIsTold() {
        KernelChoices choices = all(MODEL, new Choice(Form.PLAIN, Form.PACKED, false));
        Path run = folder.resolve("run");
        training(MODEL)
                .kernels(new KernelSetting.Chosen(choices))
                .checkpoints(run)
                .fit(DATA);

        assertThat(training(MODEL)
                        .backend(Backend.vector())
                        .epochs(2)
                        .resume(run)
                        .plan(DATA)
                        .warnings())
                .anyMatch(line -> line.startsWith("kernels: vector (the checkpoint was made with onednn)"));
    }

    @Test
    void whoHasOneWayRefusesAnother() {
        KernelChoices choices = all(MODEL, new Choice(Form.PLAIN, Form.PACKED, false));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> training(MODEL)
                        .backend(Backend.vector())
                        .kernels(new KernelSetting.Chosen(choices))
                        .plan(DATA))
                .withMessageStartingWith(
                        "kernels: 96 x 256, 1 forward: forward plain, backward-input packed, rows close"
                                + " (expected: none, the kernels of this machine, ");
    }
}
