package millrace.nn.data;

import java.nio.file.Path;
import java.util.Optional;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Samples without targets, for prediction: rows of a CSV file, or the images of an IDX file. */
public final class SampleReader {
    private static final byte[] IDX_OF_BYTES = {0, 0, 8};

    private SampleReader() {}

    /**
     * Reads samples as the network was trained to see them. An IDX file is known by its first bytes; everything else is read
     * as CSV, whose columns are found by name where the training data had names.
     *
     * @param schema of the training data
     * @param format how a CSV file is written; its header is found out
     * @param normalization of the training data; empty where it had none
     * @return rows x width of the schema
     * @throws IllegalArgumentException on a missing or damaged file, a cell that is not what its column holds (file, line and
     *     column), or columns that are missing
     */
    public static Tensor read(Path file, TableSchema schema, CsvFormat format, Optional<Normalization> normalization) {
        if (isIdx(file)) {
            Tensor images = IdxReader.readImages(file);
            if (images.columns() != schema.width()) {
                throw new IllegalArgumentException(file + ": " + images.columns() + " values a sample (expected: "
                        + schema.width() + ", the model's input); use the file the model was made for");
            }
            Tensor flat = images.reshape(Shape.of(images.rows(), schema.width()));
            return normalization.map(how -> how.apply(file.toString(), flat)).orElse(flat);
        }
        CsvOptions options = CsvOptions.regression().withFormat(format);
        return CsvTable.read(file, options, schema, false).inputs(schema, normalization);
    }

    /** Whether a file, packed by gzip or not, is one of the IDX format with unsigned bytes. */
    public static boolean isIdx(Path file) {
        return DataFile.of(file, "CSV or IDX").beginsWith(IDX_OF_BYTES);
    }
}
