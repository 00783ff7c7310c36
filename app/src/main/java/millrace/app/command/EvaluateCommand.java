package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.plan.Checks;
import millrace.actors.plan.TrainingData;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.app.config.SavedRun;
import millrace.app.output.Audience;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Predictor;
import millrace.nn.infer.Scores;
import millrace.nn.loss.Loss;
import millrace.nn.model.Model;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code evaluate}: how good a checkpoint is on a set of its run, or on other samples. */
@Command(
        name = "evaluate",
        description = {
            "Evaluates a checkpoint on the test set or another set.",
            "Where classes are predicted: loss, accuracy, confusion matrix, precision, recall, F1, AUC, and how often the"
                    + " right class is among the five likeliest.",
            "Where values are predicted: loss, R2, mean absolute error and root mean squared error, in the units of the data,"
                    + " for each target."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace evaluate runs/mlp-mnist-20261122-101500",
            "  millrace evaluate runs/iris-20261122-101500 --data others.csv",
            "  millrace evaluate run.conf --init weights.safetensors         weights of PyTorch, without training"
        })
public final class EvaluateCommand implements Callable<Integer> {
    private static final String TEXT = "data.text";

    @Mixin
    private CheckpointArgument checkpoint = new CheckpointArgument();

    @Option(
            names = "--set",
            defaultValue = "test",
            description = "which set: train, validation or test (default: test)")
    private String set = "test";

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description =
                    "evaluate all samples of another file instead: a CSV file with the run's columns, in any order, or"
                            + " images in an IDX file")
    private @Nullable Path file;

    @Option(names = "--labels", paramLabel = "FILE", description = "with --data: the labels of images in an IDX file")
    private @Nullable Path labels;

    @Mixin
    private GivenSettings settings = new GivenSettings();

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "evaluate on another text, for networks that read texts")
    private @Nullable String text;

    @Option(
            names = "--precision",
            paramLabel = "f32|bf16",
            description = "bf16: the numbers that are multiplied are rounded to bfloat16 (default: as in the training)")
    private @Nullable String precision;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Checkpoint loaded = checkpoint.load(output, preset -> settings.resolve(preset, given()));
        Config saved = RunFile.parse(loaded.runFile());
        Config config = anotherText(saved, settings.resolve(saved, given()));
        Subject subject = file == null ? ofRun(config) : ofFile(config, file);
        Loss loss = new RunSetup(config, TrainingData.of(subject.data), subject.model).loss();
        Checks.labels(subject.model, loss, set, subject.data);
        Checks.fits(subject.model, loss, subject.data);
        Scores scores = new Predictor(subject.model, loaded.tensors())
                .scores(loss, subject.data, SavedRun.scaleOfTargets(config));
        EvaluationReport report =
                new EvaluationReport(loaded, set, scores, subject.outputs, SavedRun.predictsProbabilities(config));
        PrintWriter out = output.out();
        out.print(output.audience() == Audience.JSON ? report.json() + System.lineSeparator() : report.text());
        out.flush();
        return 0;
    }

    private Map<String, Object> given() {
        Map<String, Object> given = new HashMap<>();
        LineOptions.put(given, "data.text", text);
        LineOptions.put(given, "training.precision", precision);
        return given;
    }

    /** What is evaluated, and the names of what is predicted. */
    private record Subject(Model model, Dataset data, List<String> outputs) {}

    private Subject ofRun(Config config) {
        if (labels != null) {
            throw new IllegalArgumentException("--labels: " + labels + " without --data (expected: both)");
        }
        RunSetup setup = RunSetup.of(config);
        return new Subject(setup.model(), set(setup), setup.saved().outputs());
    }

    /** Whoever names another text knows that it is not the run's. */
    private static Config anotherText(Config saved, Config config) {
        boolean same = !config.hasPath(TEXT)
                || (saved.hasPath(TEXT) && saved.getString(TEXT).equals(config.getString(TEXT)));
        return same ? config : config.withValue("data.saved.sha256", ConfigValueFactory.fromAnyRef(null));
    }

    private Subject ofFile(Config config, Path other) {
        SavedRun run = SavedRun.of(config);
        Dataset data = run.labelled(other, labels);
        set = other.toString();
        return new Subject(run.model(), data, run.outputs());
    }

    private Dataset set(RunSetup setup) {
        Dataset data = switch (set) {
            case "train" -> setup.data().train();
            case "validation" -> setup.data().validation();
            case "test" -> setup.data().test();
            default ->
                throw new IllegalArgumentException("--set: " + set + " (expected: one of train, validation, test)");
        };
        if (data == null) {
            throw new IllegalArgumentException(
                    "--set: " + set + " (expected: a set that the run has; it has no " + set + " set)");
        }
        return data;
    }
}
