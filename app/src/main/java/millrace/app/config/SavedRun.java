package millrace.app.config;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import millrace.nn.data.CsvOptions.Header;
import millrace.nn.data.Dataset;
import millrace.nn.data.Normalization;
import millrace.nn.data.SampleReader;
import millrace.nn.data.TableSchema;
import millrace.nn.data.Vocabulary;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a saved run knows without the data that it was trained with, which may have changed since or be gone.
 *
 * @param config the run's settings
 * @param model the network
 * @param classes names of the classes by label, of a text its characters; empty for a regression
 */
public record SavedRun(Config config, Model model, List<String> classes) {
    /**
     * Of a checkpoint's settings. Of a run that an older version saved, the data is read for what it lacks.
     *
     * @throws IllegalArgumentException when there is no network, or an older run's data is gone
     */
    public static SavedRun of(Config config) {
        Optional<Vocabulary> vocabulary = TextData.vocabulary(config);
        if (vocabulary.isPresent()) {
            Shape context = Shape.of(new Settings(config).in("data").integer("context"));
            return new SavedRun(
                    config,
                    RunSetup.model(config, context, vocabulary.get().size()),
                    vocabulary.get().names());
        }
        SavedData saved = SavedData.of(config).orElse(null);
        if (saved == null) {
            RunSetup setup = RunSetup.of(config);
            return new SavedRun(
                    setup.config(), setup.model(), setup.data().train().classes());
        }
        return new SavedRun(
                config, RunSetup.model(config, saved.shape(), saved.classes().size()), saved.classes());
    }

    /** The characters that a network of texts knows; empty for others. */
    public Optional<Vocabulary> vocabulary() {
        return TextData.vocabulary(config);
    }

    /** How predicted targets get back into the units of the data; empty where they are in these. */
    public Optional<Normalization> targets() {
        return scaleOfTargets(config);
    }

    /** The same of the settings of a saved run. */
    public static Optional<Normalization> scaleOfTargets(Config config) {
        return Scales.saved(config).targets();
    }

    /** What was made small, without its weights and smoothing. */
    public Loss loss() {
        return Losses.named(config.getString("training.loss"));
    }

    /** Whether the loss is binary cross-entropy, for which outputs are logits of probabilities. */
    public boolean predictsProbabilities() {
        return predictsProbabilities(config);
    }

    /** The same of the settings of a saved run. */
    public static boolean predictsProbabilities(Config config) {
        return config.getString("training.loss")
                .equals(Losses.binaryCrossEntropy().name());
    }

    /** Names of the outputs: of the classes, and of outputs for which the data had none; of a regression those of its targets. */
    public List<String> outputs() {
        int outputs = model.outputShape().last();
        if (classes.isEmpty()) {
            return targetNames(outputs);
        }
        int count = Math.max(classes.size(), outputs);
        List<String> names = new ArrayList<>(classes);
        IntStream.range(classes.size(), count).forEach(i -> names.add("(output " + i + ")"));
        return names;
    }

    /** As far as the data had names for them. */
    private List<String> targetNames(int count) {
        return SavedData.of(config)
                .flatMap(SavedData::schema)
                .map(TableSchema::labels)
                .filter(labels -> labels.size() == count)
                .orElseGet(() -> count == 1
                        ? List.of("value")
                        : IntStream.rangeClosed(1, count)
                                .mapToObj(i -> "value " + i)
                                .toList());
    }

    /**
     * Samples of a file without targets, as the network was trained to see them.
     *
     * @param header whether the first row of a table holds names; what the run file says is about the run's own files
     * @return rows x the network's input shape
     * @throws IllegalArgumentException when columns are missing, or a cell is not what its column holds
     */
    public Tensor samples(Path file, Header header) {
        Shape shape = model.inputShape();
        int values = Math.toIntExact(shape.size());
        TableSchema schema =
                SavedData.of(config).flatMap(SavedData::schema).orElseGet(() -> TableSchema.ofNumbers(values));
        Settings csv = new Settings(config).in("data").in("csv");
        Tensor rows = SampleReader.read(
                file,
                schema,
                TableReader.format(csv).withHeader(header),
                Scales.saved(config).inputs());
        return rows.reshape(shape.batched(rows.rows()));
    }

    /**
     * All samples of another file, with their targets, as the network was trained to see them.
     *
     * @param labels of images in an IDX file; null for a table
     * @param header whether the first row of a table holds names
     * @throws IllegalArgumentException when columns are missing, or a cell is not what its column holds
     */
    public Dataset labelled(Path file, @Nullable Path labels, Header header) {
        Settings data = new Settings(config).in("data");
        boolean images = vocabulary().isEmpty() && SampleReader.isIdx(file);
        if (labels != null && !images) {
            throw new IllegalArgumentException("--labels: " + labels + " with " + file
                    + " (expected: none, they are for images in an IDX file); leave it out");
        }
        if (vocabulary().isPresent()) {
            return TextData.all(file, data, vocabulary().get());
        }
        Scales scales = Scales.saved(config);
        Dataset read;
        if (images) {
            if (labels == null) {
                throw new IllegalArgumentException(
                        "--data: " + file + " without labels (expected: --labels FILE beside images in an IDX file)");
            }
            Dataset found = IdxData.read(file, labels);
            List<String> names = found.classes().size() > classes.size() ? found.classes() : classes;
            read = found.withClasses(names);
            read = scales.inputs().isPresent() ? scales.inputs().get().apply(read) : read;
        } else {
            TableSchema schema = SavedData.of(config)
                    .flatMap(SavedData::schema)
                    .orElseThrow(() -> new IllegalArgumentException("--data: " + file
                            + ": a table (expected: a run that was trained with one; this one's data is "
                            + data.text("set") + ")"));
            read = TableData.all(file, TableReader.options(data.in("csv")).withHeader(header), schema, scales);
        }
        return read.sampleShape().size() == model.inputShape().size() ? read.withSampleShape(model.inputShape()) : read;
    }
}
