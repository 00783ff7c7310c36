package millrace.nn.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Samples without targets, for prediction: rows of numbers in a CSV file, or the images of an IDX file. */
public final class SampleReader {
    private SampleReader() {}

    /**
     * An IDX file is known by {@code -ubyte} or {@code .idx} in its name; everything else is read as CSV, whose first
     * row is passed over when none of its cells is a number.
     *
     * @param features values of one sample
     * @return rows x features
     * @throws IllegalArgumentException on a missing or damaged file, a cell that is no finite number (file, line and
     *     column), or another number of values a sample
     */
    public static Tensor read(Path file, int features) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.contains("-ubyte") || name.contains(".idx")) {
            Tensor images = IdxReader.readImages(file);
            if (images.columns() != features) {
                throw new IllegalArgumentException(file + ": " + images.columns() + " values a sample (expected: "
                        + features + ", the model's input); use the file the model was made for");
            }
            return images.reshape(Shape.of(images.rows(), features));
        }
        DataFile source = DataFile.of(file, "CSV");
        return source.read(bytes -> rows(source.name(), CsvReader.text(bytes), features));
    }

    private static Tensor rows(String file, BufferedReader text, int features) throws IOException {
        CsvRecords records = new CsvRecords(file, text, 0, CsvOptions.Separator.AUTO);
        List<float[]> rows = new ArrayList<>();
        for (List<String> cells = records.next(); cells != null; cells = records.next()) {
            boolean header = rows.isEmpty() && cells.stream().noneMatch(CsvNumber::is);
            if (!header) {
                rows.add(row(file, records.line(), cells, features));
            }
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException(file + ": no rows (expected: at least one sample); check the file");
        }
        float[] all = new float[rows.size() * features];
        for (int r = 0; r < rows.size(); r++) {
            System.arraycopy(rows.get(r), 0, all, r * features, features);
        }
        return Tensor.of(Arena.ofAuto(), Shape.of(rows.size(), features), all);
    }

    private static float[] row(String file, int line, List<String> cells, int features) {
        if (cells.size() != features) {
            throw new IllegalArgumentException(file + ": line " + line + ": " + cells.size() + " cells (expected: "
                    + features + ", the model's input, without a label); correct the row");
        }
        float[] row = new float[features];
        for (int c = 0; c < features; c++) {
            float value = CsvNumber.is(cells.get(c)) ? (float) CsvNumber.parse(cells.get(c)) : Float.NaN;
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException(file + ": line " + line + ", column " + (c + 1) + ": "
                        + CsvColumns.shown(cells.get(c)) + " (expected: a finite number); correct the cell");
            }
            row[c] = value;
        }
        return row;
    }
}
