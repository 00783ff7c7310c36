package millrace.nn.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Small data sets whose every value tells its row and column, and files to read them from. */
final class TestData {
    private TestData() {}

    /** Value of row r, column c: 100 r + c; label of row r: r modulo classes. */
    static Dataset labelled(int rows, int features, int classes) {
        int[] labels = IntStream.range(0, rows).map(row -> row % classes).toArray();
        List<String> names =
                IntStream.range(0, classes).mapToObj(i -> "class " + i).toList();
        return new Dataset("labelled", numbered(rows, features), Tensor.labels(Arena.ofAuto(), labels), names);
    }

    /** Value of row r, column c: 100 r + c; target values alike. */
    static Dataset valued(int rows, int features, int values) {
        return new Dataset("valued", numbered(rows, features), numbered(rows, values), List.of());
    }

    static Tensor numbered(int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = 100 * (i / columns) + i % columns;
        }
        return Tensor.of(Arena.ofAuto(), Shape.of(rows, columns), values);
    }

    static Tensor floats(int rows, int columns, float... values) {
        return Tensor.of(Arena.ofAuto(), Shape.of(rows, columns), values);
    }

    static int[] ints(Tensor labels) {
        return IntStream.range(0, labels.rows()).map(labels::getInt).toArray();
    }

    static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    /** An IDX file: magic number, sizes, then the bytes given. */
    static byte[] idx(int magic, int[] sizes, int... payload) {
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * sizes.length + payload.length);
        bytes.putInt(magic);
        for (int size : sizes) {
            bytes.putInt(size);
        }
        for (int value : payload) {
            bytes.put((byte) value);
        }
        return bytes.array();
    }
}
