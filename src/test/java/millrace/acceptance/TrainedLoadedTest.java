package millrace.acceptance;

import static millrace.nn.layer.Layers.dense;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import millrace.actors.Trained;
import millrace.actors.Training;
import millrace.actors.checkpoint.SavedModel;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.nn.data.Datasets;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of the command line as Java programs load them, and runs of Java programs as the command line meets them. */
class TrainedLoadedTest {
    @TempDir
    private Path folder;

    private Path onlyRun() throws IOException {
        try (Stream<Path> runs = Files.list(folder)) {
            return runs.toList().getFirst();
        }
    }

    @Test
    void aRunOfTheCommandLineIsLoaded() throws IOException {
        Config done = Program.json(
                        List.of("train", "digits", "--json", "--epochs", "2", "-D", "checkpoint.folder=" + folder))
                .getLast();

        Trained loaded = Trained.load(onlyRun().resolve("checkpoints/last"));

        assertThat(loaded.model().name()).isEqualTo("digits");
        assertThat(loaded.classes()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(loaded.evaluate(Datasets.load("digits").test()).accuracy())
                .isEqualTo(done.getDouble("test_accuracy"));
    }

    /** Images, texts, recurrent cells, attention, tied and residual layers. */
    @Test
    void theNetworksOfAllPresetsAreDescribed() {
        for (String preset : RunFile.PRESETS) {
            RunPlan plan =
                    RunSetup.of(RunFile.resolve(preset, List.of(), Map.of())).plan(Start.FRESH);

            SavedModel.Contents saved = SavedModel.of(plan).read();

            assertThat(saved.model().layers())
                    .as(preset)
                    .isEqualTo(plan.spec().model().layers());
            assertThat(saved.loss())
                    .as(preset)
                    .isEqualTo(Optional.of(plan.spec().loss()));
        }
    }

    @Test
    void aLayerOfOnesOwnIsLoaded() {
        Path run = folder.resolve("run");
        var iris = Datasets.load("iris");
        Trained trained = Training.of(Model.of(Shape.of(4), dense(6), new Scale(0.3f), dense(3)))
                .epochs(1)
                .checkpoints(run)
                .fit(iris.train());

        Trained loaded = Trained.load(run);

        assertThat(loaded.model().layers()).contains(new Scale(0.3f));
        assertThat(loaded.predict(iris.test().inputs()).toFloats())
                .containsExactly(trained.predict(iris.test().inputs()).toFloats());
    }

    @Test
    void theCommandLineSaysThatARunOfAJavaProgramHasNoRunFile() {
        Path run = folder.resolve("run");
        Training.of(Model.of(Shape.of(4), dense(3)))
                .epochs(1)
                .checkpoints(run)
                .fit(Datasets.load("iris").train());

        for (List<String> words : List.of(
                List.of("train", "--resume", run.toString()),
                List.of("evaluate", run.toString()),
                List.of("predict", run.toString(), "any.csv"),
                List.of(
                        "export",
                        run.toString(),
                        "--onnx",
                        folder.resolve("model.onnx").toString()))) {
            Program program = Program.run(words);

            assertThat(program.status()).as(program.err()).isEqualTo(2);
            assertThat(program.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("error: " + run)
                    .endsWith(": no run file (expected: a run that the command line has begun, this one was begun by a"
                            + " Java program); go on with it by Training.resume(folder), use it by"
                            + " Trained.load(folder), or take its weights with --init");
        }
        assertThat(folder.resolve("model.onnx")).doesNotExist();
    }
}
