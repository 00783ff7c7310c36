package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.plan.Checks;
import millrace.actors.plan.PlanWarnings;
import millrace.actors.plan.TrainingData;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.app.config.SavedRun;
import millrace.app.output.Audience;
import millrace.nn.data.CsvOptions.Header;
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
    /** How another file may be written otherwise than the one that was trained with. */
    private static final List<String> AS_WRITTEN =
            List.of("data.csv.separator", "data.csv.encoding", "data.csv.decimal", "data.csv.missing");

    @Mixin
    private CheckpointArgument checkpoint = new CheckpointArgument();

    @Option(names = "--set", description = "which set: train, validation or test (default: test)")
    private @Nullable String set;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description =
                    "evaluate all samples of another file instead: a CSV file with the run's columns, in any order, or"
                            + " images in an IDX file")
    private @Nullable Path file;

    @Option(names = "--labels", paramLabel = "FILE", description = "with --data: the labels of images in an IDX file")
    private @Nullable Path labels;

    @Option(
            names = "--header",
            paramLabel = "auto|true|false",
            description =
                    "with --data: whether the first row of a CSV file holds names (default: auto, by what stands in it)")
    private @Nullable Header header;

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
        output.warnAll(PlanWarnings.ofNetwork(subject.model, loss));
        Checks.labels(subject.model, loss, subject.name, subject.data);
        Checks.fits(subject.model, loss, subject.data);
        Scores scores = new Predictor(subject.model, loaded.tensors())
                .scores(loss, subject.data, SavedRun.scaleOfTargets(config));
        EvaluationReport report = new EvaluationReport(
                loaded, subject.name, scores, subject.outputs, SavedRun.predictsProbabilities(config));
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

    /** What is evaluated, what it is called, and the names of what is predicted. */
    private record Subject(Model model, String name, Dataset data, List<String> outputs) {}

    private Subject ofRun(Config config) {
        if (labels != null) {
            throw new IllegalArgumentException("--labels: " + labels + " without --data (expected: both)");
        }
        if (header != null) {
            throw new IllegalArgumentException(
                    "--header: " + header.name().toLowerCase(Locale.ROOT)
                            + " without --data (expected: both, the run's own file is read as it was when it was trained with)");
        }
        String name = set == null ? "test" : set;
        RunSetup setup = RunSetup.of(config);
        return new Subject(setup.model(), name, set(setup, name), setup.saved().outputs());
    }

    /** Whoever names another text knows that it is not the run's. */
    private static Config anotherText(Config saved, Config config) {
        boolean same = !config.hasPath(TEXT)
                || (saved.hasPath(TEXT) && saved.getString(TEXT).equals(config.getString(TEXT)));
        return same ? config : config.withValue("data.saved.sha256", ConfigValueFactory.fromAnyRef(null));
    }

    private Subject ofFile(Config config, Path other) {
        if (set != null) {
            throw new IllegalArgumentException("--set: " + set
                    + " with --data (expected: one of them, of another file all samples are evaluated)");
        }
        if (text != null) {
            throw new IllegalArgumentException("--text: " + text + " with --data (expected: one of them)");
        }
        settings.requireNone(
                key -> !checkpoint.isImported() && key.startsWith("data") && !AS_WRITTEN.contains(key),
                "nothing about data with --data but " + String.join(", ", AS_WRITTEN)
                        + " and the option --header: the file is read as what was trained with");
        SavedRun run = SavedRun.of(config);
        Dataset data = run.labelled(other, labels, header == null ? Header.AUTO : header);
        return new Subject(run.model(), other.toString(), data, run.outputs());
    }

    private static Dataset set(RunSetup setup, String name) {
        Dataset data = switch (name) {
            case "train" -> setup.data().train();
            case "validation" -> setup.data().validation();
            case "test" -> setup.data().test();
            default ->
                throw new IllegalArgumentException("--set: " + name + " (expected: one of train, validation, test)");
        };
        if (data == null) {
            throw new IllegalArgumentException(
                    "--set: " + name + " (expected: a set that the run has; it has no " + name + " set)");
        }
        return data;
    }
}
