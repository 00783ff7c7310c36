package millrace.nn.data;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import millrace.nn.data.ColumnRule.Missing;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a CSV file as they were read, in double precision, before they are turned into what a network sees:
 *
 * <pre>{@code
 * CsvTable table = CsvTable.read(Path.of("weather.csv"), options);
 * TableSchema schema = table.schema(rows);                       // what is learnt of the rows that are trained with
 * Normalization standard = table.standard(schema, rows);
 * Dataset train = table.dataset(schema, Optional.of(standard), rows);
 * }</pre>
 */
public final class CsvTable {
    private final String name;
    private final TableSchema found;
    private final RowBlocks values;
    private final int targets;
    private final boolean weighted;
    private final Optional<int[]> labels;

    /**
     * @param found what the file itself tells: columns and categories
     * @param values of a row: one a feature, then the targets of a regression, then the row's weight
     * @param targets how many of them
     * @param weighted whether rows have a weight
     * @param labels of a classification, one a row; empty otherwise
     */
    CsvTable(String name, TableSchema found, RowBlocks values, int targets, boolean weighted, Optional<int[]> labels) {
        this.name = name;
        this.found = found;
        this.values = values;
        this.targets = targets;
        this.weighted = weighted;
        this.labels = labels;
    }

    /**
     * Reads a file that is trained with.
     *
     * @throws IllegalArgumentException on a missing or empty file, an unknown column, rows of unequal length, or a cell that
     *     is not what its column holds; names file, line and column
     */
    public static CsvTable read(Path file, CsvOptions options) {
        return CsvReader.table(file, options, null, true);
    }

    /**
     * Reads another file than the one that was trained with: its columns are found by name, where the training file had names.
     *
     * @param labelled whether its labels are read too
     * @throws IllegalArgumentException as {@link #read(Path, CsvOptions)}, or when columns are missing
     */
    public static CsvTable read(Path file, CsvOptions options, TableSchema schema, boolean labelled) {
        return CsvReader.table(file, options, schema, labelled);
    }

    CsvTable withName(String other) {
        return new CsvTable(other, found, values, targets, weighted, labels);
    }

    /** Number of rows. */
    public int rows() {
        return values.rows();
    }

    /** All rows, in the order of the file. */
    public int[] all() {
        return IntStream.range(0, rows()).toArray();
    }

    /**
     * The schema with what stands in for missing values, which is learnt from some of the rows.
     *
     * @throws IllegalArgumentException when a column has no values from which to learn it
     */
    public TableSchema schema(int[] rows) {
        List<Feature> features = new ArrayList<>();
        for (int i = 0; i < found.features().size(); i++) {
            Feature feature = found.features().get(i);
            features.add(new Feature(feature.rule(), feature.categories(), fill(feature, i, rows)));
        }
        return new TableSchema(features, found.named(), found.labels(), found.weight(), found.task(), found.classes());
    }

    private double fill(Feature feature, int column, int[] rows) {
        Missing missing = feature.rule().missing();
        if (missing == Missing.REFUSE || missing == Missing.ZERO) {
            return Double.NaN;
        }
        double[] known = Arrays.stream(rows)
                .mapToDouble(row -> values.get(row, column))
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        if (known.length == 0) {
            throw new IllegalArgumentException(name + ": column " + feature.column()
                    + ": no values in the rows that are trained with (expected: 1 or more to learn from); drop it");
        }
        return switch (missing) {
            case REFUSE, ZERO -> Double.NaN;
            case MEAN -> Arrays.stream(known).map(v -> v - known[0]).average().orElse(0) + known[0];
            case MEDIAN -> (known[(known.length - 1) / 2] + known[known.length / 2]) / 2;
            case MOST_FREQUENT -> mostFrequent(known);
        };
    }

    /** Of several the smallest. */
    private static double mostFrequent(double[] sorted) {
        double best = sorted[0];
        int most = 0;
        int run = 0;
        for (int i = 0; i < sorted.length; i++) {
            run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
            if (run > most) {
                most = run;
                best = sorted[i];
            }
        }
        return best;
    }

    /** Mean 0 and standard deviation 1 for each quantity of these rows; what is 0 or 1 stays so. */
    public Normalization standard(TableSchema schema, int[] rows) {
        return Normalization.standard(
                name, rows.length, schema.quantities(), (row, into) -> encode(schema, rows[row], into));
    }

    /**
     * Mean 0 and standard deviation 1 for each target of these rows.
     *
     * @throws IllegalArgumentException when targets are class labels
     */
    public Normalization standardTargets(int[] rows) {
        if (labels.isPresent()) {
            throw new IllegalArgumentException(
                    name + ": targets are class labels (expected: values); normalize the inputs only");
        }
        boolean[] all = new boolean[targets];
        Arrays.fill(all, true);
        return Normalization.standard(name, rows.length, all, (row, into) -> targets(rows[row], into));
    }

    /** All rows, as the file itself says. */
    public Dataset dataset() {
        int[] all = all();
        return dataset(schema(all), Optional.empty(), Optional.empty(), all);
    }

    /**
     * Some of the rows, as a network sees them.
     *
     * @param inputs how they are shifted and scaled
     * @param outputs how the targets of a regression are
     * @return inputs rows x width of the schema; targets I32 [rows] for a classification, F32 [rows x labels] for a regression
     */
    public Dataset dataset(
            TableSchema schema, Optional<Normalization> inputs, Optional<Normalization> outputs, int[] rows) {
        Arena arena = Arena.ofAuto();
        Tensor samples = inputs(arena, schema, inputs, rows);
        if (labels.isPresent()) {
            int[] all = labels.get();
            int[] chosen = Arrays.stream(rows).map(row -> all[row]).toArray();
            return weighted(Dataset.checked(name, samples, Tensor.labels(arena, chosen), schema.classes()), rows);
        }
        Tensor values = Tensor.zeros(arena, ElementType.F32, Shape.of(rows.length, targets));
        fill(values, outputs, rows, targets, this::targets);
        return weighted(Dataset.checked(name, samples, values, List.of()), rows);
    }

    private Dataset weighted(Dataset dataset, int[] rows) {
        if (!weighted) {
            return dataset;
        }
        float[] weights = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            weights[i] = (float) values.get(rows[i], found.features().size() + targets);
        }
        return dataset.withWeights(weights);
    }

    /**
     * All rows as a network sees them, without labels.
     *
     * @return rows x width of the schema
     */
    public Tensor inputs(TableSchema schema, Optional<Normalization> how) {
        return inputs(Arena.ofAuto(), schema, how, all());
    }

    private Tensor inputs(Arena arena, TableSchema schema, Optional<Normalization> how, int[] rows) {
        Tensor samples = Tensor.zeros(arena, ElementType.F32, Shape.of(rows.length, schema.width()));
        fill(samples, how, rows, schema.width(), (row, into) -> encode(schema, row, into));
        return samples;
    }

    private static void fill(
            Tensor into, Optional<Normalization> how, int[] rows, int width, Normalization.Rows source) {
        double[] row = new double[width];
        @Nullable Normalization normalization = how.orElse(null);
        if (normalization != null) {
            normalization.requireColumns(into.toString(), width);
        }
        for (int r = 0; r < rows.length; r++) {
            source.read(rows[r], row);
            for (int c = 0; c < width; c++) {
                float value = (float) (normalization == null ? row[c] : normalization.apply(c, row[c]));
                into.setFloat((long) r * width + c, value);
            }
        }
    }

    private void encode(TableSchema schema, int row, double[] into) {
        double[] read = new double[schema.features().size()];
        values.read(row, read);
        schema.encode(read, into);
    }

    private void targets(int row, double[] into) {
        for (int i = 0; i < targets; i++) {
            into[i] = values.get(row, found.features().size() + i);
        }
    }
}
