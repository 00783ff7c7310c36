package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.plan.PlanWarnings;
import millrace.app.config.RunFile;
import millrace.app.config.SavedRun;
import millrace.app.output.csv.CsvRow;
import millrace.app.output.json.JsonLine;
import millrace.nn.backend.Backend;
import millrace.nn.data.CsvOptions.Header;
import millrace.nn.infer.Evaluator;
import millrace.nn.infer.Predictor;
import millrace.nn.io.AtomicFile;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code predict}: a checkpoint's answers for samples without targets. */
@Command(
        name = "predict",
        description = {
            "Predicts: prints a line for each sample of a CSV file or of an IDX file of images.",
            "Columns of a CSV file are found by their names, in any order; a label and columns that the network does not"
                    + " use are ignored. In a file without a header the order of the columns counts, and there must be no"
                    + " label.",
            "A line has the class and its probability, or for regression the values, in the units of the data."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace predict runs/iris-20261122-101500 flowers.csv --json",
            "  millrace predict runs/iris-20261122-101500 flowers.csv --out answers.csv"
        })
public final class PredictCommand implements Callable<Integer> {
    @Mixin
    private CheckpointArgument checkpoint = new CheckpointArgument();

    @Parameters(index = "1", paramLabel = "INPUT", description = "CSV or IDX file")
    private Path input = Path.of("");

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "write a CSV file instead: each answer, with the probabilities of all classes")
    private @Nullable Path file;

    @Option(
            names = "--header",
            paramLabel = "auto|true|false",
            description = "whether the first row of a CSV file holds names (default: auto, by what stands in it)")
    private Header header = Header.AUTO;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Checkpoint loaded = checkpoint.load(output);
        Config config = RunFile.resolve(RunFile.parse(loaded.runFile()), List.of(), Map.of());
        SavedRun run = SavedRun.of(config);
        if (run.vocabulary().isPresent()) {
            throw new IllegalArgumentException(
                    checkpoint.path() + ": its model reads texts (expected: one that reads rows of"
                            + " numbers); use millrace generate to continue a text, evaluate for the loss of one");
        }
        output.warnAll(PlanWarnings.ofNetwork(run.model(), run.loss()));
        Tensor outputs = new Predictor(run.model(), loaded.tensors()).predict(run.samples(input, header));
        requireFinite(outputs);
        Answers answers = run.classes().isEmpty() ? values(run, outputs) : classes(run, outputs);
        if (file != null) {
            write(file, answers);
        } else {
            PrintWriter out = output.out();
            answers.rows.forEach(row -> out.println(output.json() ? row.json : row.text));
            out.flush();
        }
        return 0;
    }

    /** Of what is no number there is no largest one, and no class. */
    private void requireFinite(Tensor outputs) {
        for (long i = 0; i < outputs.shape().size(); i++) {
            if (!Float.isFinite(outputs.getFloat(i))) {
                throw new IllegalArgumentException(
                        input + ": row " + i / outputs.columns() + ", counted from 0: the network"
                                + " says " + outputs.getFloat(i)
                                + " (expected: a finite number); correct values that are far from"
                                + " those that were trained with, or take an earlier checkpoint if the training has diverged");
            }
        }
    }

    /**
     * All answers.
     *
     * @param columns names of a row's cells in a CSV file
     */
    private record Answers(List<String> columns, List<Answer> rows) {}

    /** One answer, as people, scripts and tables read it. */
    private record Answer(String text, JsonLine json, List<String> cells) {}

    private static Answers values(SavedRun run, Tensor outputs) {
        int columns = outputs.columns();
        List<Answer> answers = new ArrayList<>();
        for (int r = 0; r < outputs.rows(); r++) {
            float[] row = new float[columns];
            for (int c = 0; c < columns; c++) {
                float value = outputs.getFloat((long) r * columns + c);
                row[c] = run.predictsProbabilities() ? (float) probability(run, value) : value;
            }
            List<Double> values = run.targets().isPresent()
                    ? Arrays.stream(run.targets().get().restore(row)).boxed().toList()
                    : widened(row);
            answers.add(new Answer(
                    values.stream()
                            .map(v -> String.format(Locale.ROOT, "%.6g", v))
                            .collect(Collectors.joining(" ")),
                    JsonLine.event("prediction").put("row", r).put("values", values),
                    values.stream().map(String::valueOf).toList()));
        }
        return new Answers(run.outputs(), answers);
    }

    /** Of a logit; a network that ends with sigmoid gives a probability by itself. */
    private static double probability(SavedRun run, float output) {
        return run.model().lastFunction().equals("sigmoid") ? output : 1 / (1 + Math.exp(-output));
    }

    private static List<Double> widened(float[] row) {
        List<Double> values = new ArrayList<>();
        for (float value : row) {
            values.add((double) value);
        }
        return values;
    }

    private static Answers classes(SavedRun run, Tensor outputs) {
        List<String> names = run.outputs();
        int columns = outputs.columns();
        Tensor softmax = outputs;
        // a network that ends with softmax gives probabilities by itself
        if (!run.model().lastFunction().equals("softmax")) {
            softmax = Tensor.zeros(Arena.ofAuto(), outputs.type(), outputs.shape());
            Backend.fast().float32().softmax(outputs.memory(), softmax.memory(), outputs.rows(), columns);
        }
        List<Answer> answers = new ArrayList<>();
        for (int r = 0; r < outputs.rows(); r++) {
            double[] probabilities = new double[names.size()];
            if (columns == 1) {
                probabilities[1] = probability(run, outputs.getFloat(r));
                probabilities[0] = 1 - probabilities[1];
            } else {
                for (int c = 0; c < columns; c++) {
                    probabilities[c] = softmax.getFloat((long) r * columns + c);
                }
            }
            int best = Evaluator.predictedClass(outputs, r, Evaluator.boundary(run.model()));
            String name = names.get(best);
            List<String> cells = new ArrayList<>(List.of(name));
            Arrays.stream(probabilities).mapToObj(String::valueOf).forEach(cells::add);
            answers.add(new Answer(
                    String.format(Locale.ROOT, "%s  %.4f", name, probabilities[best]),
                    JsonLine.event("prediction")
                            .put("row", r)
                            .put("class", name)
                            .put("probability", probabilities[best])
                            .put(
                                    "probabilities",
                                    Arrays.stream(probabilities).boxed().toList()),
                    cells));
        }
        List<String> head = new ArrayList<>(List.of("class"));
        names.forEach(name -> head.add("probability of " + name));
        return new Answers(head, answers);
    }

    private void write(Path target, Answers answers) {
        StringBuilder text = new StringBuilder(CsvRow.of(answers.columns));
        answers.rows.forEach(row -> text.append(CsvRow.of(row.cells)));
        AtomicFile.write(target, text.toString());
        if (output.json()) {
            output.out()
                    .println(JsonLine.event("predictions")
                            .put("file", target.toString())
                            .put("rows", answers.rows.size()));
        } else {
            output.out().println(String.format(Locale.ROOT, "%,d answers: written to %s", answers.rows.size(), target));
        }
        output.out().flush();
    }
}
