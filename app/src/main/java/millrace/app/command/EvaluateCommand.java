package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.plan.Checks;
import millrace.actors.plan.TrainingData;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import millrace.app.config.SavedRun;
import millrace.app.output.Audience;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Predictor;
import millrace.nn.loss.Loss;
import millrace.nn.model.Model;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code evaluate}: loss, accuracy and confusion matrix of a checkpoint. */
@Command(
        name = "evaluate",
        description = "Evaluates a checkpoint: loss, accuracy, confusion matrix.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace evaluate runs/mlp-mnist-20261122-101500",
            "  millrace evaluate runs/iris-20261122-101500 --data others.csv"
        })
public final class EvaluateCommand implements Callable<Integer> {
    private static final String TEXT = "data.text";

    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint, or a run folder, which means its best one")
    private Path checkpoint = Path.of("");

    @Option(names = "--set", defaultValue = "test", description = "train, validation or test (default: test)")
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
    private RunOptions options = new RunOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Checkpoint loaded = CheckpointArgument.load(checkpoint, output);
        Config saved = RunFile.parse(loaded.runFile());
        Config config = anotherText(saved, options.resolve(saved));
        Subject subject = file == null ? ofRun(config) : ofFile(config, file);
        Loss loss = new RunSetup(config, TrainingData.of(subject.data), subject.model).loss();
        Checks.labels(subject.model, loss, set, subject.data);
        Checks.fits(subject.model, loss, subject.data);
        Evaluation evaluation = new Predictor(subject.model, loaded.tensors()).evaluate(loss, subject.data);
        PrintWriter out = output.out();
        if (output.audience() == Audience.JSON) {
            JsonLine line = JsonLine.event("evaluation")
                    .put("checkpoint", loaded.path().toString())
                    .put("step", loaded.step())
                    .put("set", set)
                    .put("samples", evaluation.samples())
                    .put("loss", evaluation.loss());
            if (evaluation.isClassification()) {
                line.put("accuracy", evaluation.accuracy())
                        .put("classes", subject.classes)
                        .put("confusion", evaluation.confusion());
            }
            out.println(line);
        } else {
            out.println(String.format(
                    Locale.ROOT,
                    "%s, step %d, on %,d samples of %s: loss %.4f%s",
                    loaded.path(),
                    loaded.step(),
                    evaluation.samples(),
                    set,
                    evaluation.loss(),
                    evaluation.isClassification()
                            ? String.format(Locale.ROOT, ", accuracy %.2f %%", 100 * evaluation.accuracy())
                            : ""));
            if (evaluation.isClassification()) {
                out.println("confusion matrix, a row a true class, a column a predicted one:");
                out.println(matrix(evaluation, subject.classes));
            }
        }
        out.flush();
        return 0;
    }

    /** What is evaluated, and the names of what is predicted. */
    private record Subject(Model model, Dataset data, List<String> classes) {}

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

    private static Table matrix(Evaluation evaluation, List<String> classes) {
        Table table = new Table();
        List<Object> head = new ArrayList<>();
        head.add("");
        head.addAll(classes);
        head.add("recall");
        table.row(head.toArray());
        for (int i = 0; i < classes.size(); i++) {
            List<Long> row = evaluation.confusion().get(i);
            long all = row.stream().mapToLong(Long::longValue).sum();
            List<Object> cells = new ArrayList<>();
            cells.add(classes.get(i));
            cells.addAll(row);
            cells.add(all == 0 ? "-" : String.format(Locale.ROOT, "%.1f %%", 100.0 * row.get(i) / all));
            table.row(cells.toArray());
        }
        return table;
    }
}
