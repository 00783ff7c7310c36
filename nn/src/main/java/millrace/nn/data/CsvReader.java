package millrace.nn.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Reads a CSV file of numbers with one column to predict, plain or gzip, in UTF-8. Each row is turned into floats as
 * it is read; the text is never held as a whole.
 */
public final class CsvReader {
    private static final int MOST_VALUES = Integer.MAX_VALUE - 8;

    private final String file;
    private final CsvOptions options;
    private final CsvColumns columns;
    private final ClassLabels labels;
    private final int firstLine;
    private float[] inputs = new float[1024];
    private float[] values = new float[64];
    private int rows;

    private CsvReader(String file, CsvOptions options, CsvColumns columns, int firstLine) {
        this.file = file;
        this.options = options;
        this.columns = columns;
        this.labels = new ClassLabels(columns, options.classes());
        this.firstLine = firstLine;
    }

    /**
     * Reads a file.
     *
     * @return inputs n x features, in the order of the file; targets I32 [n] for a classification, F32 [n x 1] for a
     *     regression
     * @throws IllegalArgumentException on a missing or empty file, an unknown column, rows of unequal length, a cell
     *     that is no finite number, or a label out of range
     */
    public static Dataset read(Path file, CsvOptions options) {
        DataFile source = DataFile.of(file, "CSV");
        Dataset dataset = source.read(bytes -> read(source.name(), text(bytes), 0, options));
        return dataset.withName(String.valueOf(file.getFileName()));
    }

    static BufferedReader text(InputStream bytes) {
        // a decoder, unlike a charset, reports what is no UTF-8 instead of replacing it
        return new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()));
    }

    /** @param skipped lines of {@code text} that were read before */
    static Dataset read(String file, BufferedReader text, int skipped, CsvOptions options) throws IOException {
        CsvRecords records = new CsvRecords(file, text, skipped, options.separator());
        List<String> first = records.next();
        if (first == null) {
            throw new IllegalArgumentException(file + ": empty (expected: at least one row of data); check the file");
        }
        boolean named = switch (options.header()) {
            case AUTO -> first.stream().noneMatch(CsvNumber::is);
            case TRUE -> true;
            case FALSE -> false;
        };
        CsvReader reader = new CsvReader(file, options, new CsvColumns(file, first, named, options), records.line());
        @Nullable List<String> row = named ? records.next() : first;
        if (row == null) {
            throw new IllegalArgumentException(
                    file + ": a header only (expected: at least one row of data); add rows or set header to false");
        }
        for (; row != null; row = records.next()) {
            reader.add(records.line(), row);
        }
        return reader.dataset();
    }

    private void add(int line, List<String> cells) {
        if (cells.size() != columns.count()) {
            throw new IllegalArgumentException(file + ": line " + line + ": " + cells.size() + " cells (expected: "
                    + columns.count() + ", as in line " + firstLine + "); correct the row or set the separator");
        }
        int[] features = columns.features();
        int at = rows * features.length;
        inputs = grown(inputs, (long) at + features.length);
        for (int column : features) {
            inputs[at++] = number(line, column, cells.get(column), "name the column in drop");
        }
        String label = cells.get(columns.label());
        if (options.task() == CsvOptions.Task.CLASSIFICATION) {
            labels.add(line, label);
        } else {
            values = grown(values, rows + 1L);
            values[rows] = number(line, columns.label(), label, "name another label column");
        }
        rows++;
    }

    private Dataset dataset() {
        Arena arena = Arena.ofAuto();
        Tensor samples = Tensor.of(arena, Shape.of(rows, columns.features().length), inputs);
        return switch (options.task()) {
            case CLASSIFICATION -> Dataset.checked(file, samples, labels.targets(), labels.classes());
            case REGRESSION -> Dataset.checked(file, samples, Tensor.of(arena, Shape.of(rows, 1), values), List.of());
        };
    }

    private float number(int line, int column, String cell, String otherRemedy) {
        float value;
        try {
            value = (float) CsvNumber.parse(cell);
        } catch (NumberFormatException e) {
            String remedy = cell.isEmpty() ? "fill the cell, remove the row or " : "correct the cell or ";
            throw columns.problem(line, column, CsvColumns.shown(cell), "a number", remedy + otherRemedy);
        }
        if (!Float.isFinite(value)) {
            String remedy = "correct the cell, remove the row or " + otherRemedy;
            throw columns.problem(line, column, CsvColumns.shown(cell), "a finite number", remedy);
        }
        return value;
    }

    private float[] grown(float[] array, long needed) {
        if (needed > MOST_VALUES) {
            throw new IllegalArgumentException(file + ": more than " + MOST_VALUES
                    + " values (expected: at most as many); drop columns or split the file");
        }
        return needed <= array.length
                ? array
                : Arrays.copyOf(array, (int) Math.min(MOST_VALUES, Math.max(needed, array.length * 2L)));
    }
}
