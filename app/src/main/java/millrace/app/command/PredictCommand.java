package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.app.config.DataSource;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.app.output.json.JsonLine;
import millrace.nn.backend.Backend;
import millrace.nn.data.Dataset;
import millrace.nn.data.Normalization;
import millrace.nn.data.SampleReader;
import millrace.nn.infer.Evaluator;
import millrace.nn.infer.Predictor;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code predict}: a checkpoint's answers for samples without targets. */
@Command(
        name = "predict",
        description = {
            "Predicts: a line for each sample of a CSV file (numbers only, no label) or of an IDX image file.",
            "For classes: the class and its probability. For regression: the values, in the units of the data."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  millrace predict runs/iris-20261122-101500 flowers.csv --json"})
public final class PredictCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "CHECKPOINT", description = "a checkpoint, or a run folder")
    private Path checkpoint = Path.of("");

    @Parameters(index = "1", paramLabel = "INPUT", description = "CSV or IDX file")
    private Path input = Path.of("");

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Checkpoint loaded = CheckpointStore.load(checkpoint);
        Config config = RunFile.resolve(RunFile.parse(loaded.configuration()), List.of(), Map.of());
        if (DataSource.savedVocabulary(config).isPresent()) {
            throw new IllegalArgumentException(checkpoint + ": its model reads texts (expected: one that reads rows of"
                    + " numbers); use millrace generate to continue a text, evaluate for the loss of one");
        }
        RunSetup setup = RunSetup.of(config);
        Shape shape = setup.model().inputShape();
        Tensor samples = SampleReader.read(input, Math.toIntExact(shape.size()));
        Tensor shaped = samples.reshape(shape.batched(samples.rows()));
        Normalization normalization = DataSource.savedInputs(config);
        if (normalization != null) {
            Tensor noTargets = Tensor.labels(Arena.ofAuto(), new int[samples.rows()]);
            shaped = normalization
                    .apply(new Dataset("input", shaped, noTargets, List.of("any")))
                    .inputs();
        }
        Tensor outputs = new Predictor(setup.model(), loaded.tensors()).predict(shaped);
        List<String> classes = setup.data().train().classes();
        PrintWriter out = output.out();
        if (classes.isEmpty()) {
            values(outputs, DataSource.savedTargets(config), out);
        } else {
            classes(outputs, classes, out);
        }
        out.flush();
        return 0;
    }

    private void values(Tensor outputs, @Nullable Normalization targets, PrintWriter out) {
        int columns = outputs.columns();
        for (int r = 0; r < outputs.rows(); r++) {
            float[] row = new float[columns];
            for (int c = 0; c < columns; c++) {
                row[c] = outputs.getFloat((long) r * columns + c);
            }
            float[] restored = targets == null ? row : targets.restore(row);
            List<Double> values = new ArrayList<>();
            for (float value : restored) {
                values.add((double) value);
            }
            if (output.json()) {
                out.println(new JsonLine().put("row", r).put("values", values));
            } else {
                out.println(String.join(
                        " ",
                        values.stream()
                                .map(v -> String.format(Locale.ROOT, "%.6g", v))
                                .toList()));
            }
        }
    }

    private void classes(Tensor outputs, List<String> classes, PrintWriter out) {
        int columns = outputs.columns();
        Tensor probabilities = Tensor.zeros(Arena.ofAuto(), outputs.type(), outputs.shape());
        Backend.fast().float32().softmax(outputs.memory(), probabilities.memory(), outputs.rows(), columns);
        for (int r = 0; r < outputs.rows(); r++) {
            int best = Evaluator.predictedClass(outputs, r);
            double probability = probabilities.getFloat((long) r * columns + Math.min(best, columns - 1));
            if (columns == 1) {
                double positive = 1 / (1 + Math.exp(-outputs.getFloat(r)));
                probability = best == 1 ? positive : 1 - positive;
            }
            if (output.json()) {
                out.println(new JsonLine()
                        .put("row", r)
                        .put("class", classes.get(best))
                        .put("probability", probability));
            } else {
                out.println(String.format(Locale.ROOT, "%s  %.4f", classes.get(best), probability));
            }
        }
    }
}
