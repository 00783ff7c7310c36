package millrace.nn.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Reads pairs of IDX files, the format of MNIST: a magic number 0x000008NN (08: unsigned bytes, NN: dimensions), the
 * sizes as big-endian 32-bit integers, then the bytes. Plain or gzip. Bytes are decoded as they stream in, because
 * the unpacked file beside its four times larger tensor would need the memory twice.
 *
 * @see <a href="http://yann.lecun.com/exdb/mnist/">LeCun, Cortes, Burges: the MNIST database</a>
 */
public final class IdxReader {
    private static final int MAGIC = 0x00000800;
    private static final int MOST_DIMENSIONS = 4;
    private static final long COUNTED_FIRST = 1 << 26;
    private static final float[] PIXELS = pixels();

    /** What becomes of one piece of the payload. */
    @FunctionalInterface
    private interface Sink {
        void accept(byte[] piece, int length, long offset);
    }

    private IdxReader() {}

    /**
     * Classes are the numbers 0 to the largest label.
     *
     * @return inputs n x the file's sample shape (28x28 for MNIST) with bytes scaled to 0..1; targets I32 [n]
     * @throws IllegalArgumentException on a missing, foreign, damaged or truncated file, or unequal counts
     */
    public static Dataset read(Path images, Path labels) {
        return read(images, labels, List.of());
    }

    /**
     * A data set of images and labels.
     *
     * @param images the file of the images, plain or gzipped
     * @param labels the file of their labels, plain or gzipped
     * @param classes names by label; none: the numbers 0 to the largest label
     * @return inputs n x the file's sample shape (28x28 for MNIST) with bytes scaled to 0..1; targets I32 [n]
     * @throws IllegalArgumentException on a missing, foreign, damaged or truncated file, unequal counts, or a label
     *     out of range
     */
    public static Dataset read(Path images, Path labels, List<String> classes) {
        String name = String.valueOf(images.getFileName());
        return read(name, DataFile.of(images, "IDX"), DataFile.of(labels, "IDX"), classes);
    }

    /**
     * Images without labels, for prediction.
     *
     * @return n x the file's sample shape with bytes scaled to 0..1
     * @throws IllegalArgumentException on a missing, foreign, damaged or truncated file
     */
    public static Tensor readImages(Path images) {
        DataFile file = DataFile.of(images, "IDX");
        return file.read(bytes -> images(file, bytes));
    }

    static Dataset read(String name, DataFile images, DataFile labels, List<String> classes) {
        Tensor inputs = images.read(bytes -> images(images, bytes));
        Tensor targets = labels.read(bytes -> labels(labels, bytes));
        if (inputs.rows() != targets.rows()) {
            throw new IllegalArgumentException(images.name() + ": " + inputs.rows() + " images (expected: "
                    + targets.rows() + ", the number of labels in " + labels.name() + "); pair the right files");
        }
        return new Dataset(name, inputs, targets, classes.isEmpty() ? numbers(targets) : classes);
    }

    private static Tensor images(DataFile file, InputStream bytes) throws IOException {
        Tensor tensor = allocate(file, header(file, bytes, 2, MOST_DIMENSIONS, "images"), ElementType.F32);
        MemorySegment memory = tensor.memory();
        payload(file, bytes, tensor.shape(), (piece, length, offset) -> {
            for (int i = 0; i < length; i++) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, offset + i, PIXELS[piece[i] & 0xff]);
            }
        });
        return tensor;
    }

    private static Tensor labels(DataFile file, InputStream bytes) throws IOException {
        Tensor tensor = allocate(file, header(file, bytes, 1, 1, "labels"), ElementType.I32);
        payload(file, bytes, tensor.shape(), (piece, length, offset) -> {
            for (int i = 0; i < length; i++) {
                tensor.setInt(offset + i, piece[i] & 0xff);
            }
        });
        return tensor;
    }

    private static Tensor allocate(DataFile file, Shape shape, ElementType type) {
        // a damaged header could ask for all memory, so what looks huge is counted before it is believed
        if (shape.size() > COUNTED_FIRST) {
            file.read(again -> {
                again.skipNBytes(Integer.BYTES * (1L + shape.rank()));
                payload(file, again, shape, (piece, length, offset) -> {});
                return shape;
            });
        }
        return Tensor.zeros(Arena.ofAuto(), type, shape);
    }

    private static Shape header(DataFile file, InputStream bytes, int fewest, int most, String kind)
            throws IOException {
        int magic = nextInt(file, bytes);
        if (magic < MAGIC + fewest || magic > MAGIC + most) {
            String range = fewest == most ? "" : " to " + hex(MAGIC + most);
            throw new IllegalArgumentException(file.name() + ": magic number " + hex(magic) + " (expected: "
                    + hex(MAGIC + fewest) + range + ", IDX " + kind
                    + " of unsigned bytes); check the file, and that images and labels are not swapped");
        }
        int[] sizes = new int[magic - MAGIC];
        long elements = 1;
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = nextInt(file, bytes);
            elements *= sizes[i];
            if (sizes[i] < 1 || elements > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(file.name() + ": size " + sizes[i] + " in dimension " + (i + 1)
                        + " (expected: 1 or more, at most " + Integer.MAX_VALUE + " values in all); check the file");
            }
        }
        return Shape.of(sizes);
    }

    private static void payload(DataFile file, InputStream bytes, Shape shape, Sink sink) throws IOException {
        long expected = shape.size();
        byte[] piece = new byte[1 << 16];
        long found = 0;
        try {
            for (int length = bytes.read(piece); length > 0; length = bytes.read(piece)) {
                if (found + length > expected) {
                    throw new IllegalArgumentException(file.name() + ": more than " + expected
                            + " bytes of data found (expected: " + expected + " for " + shape + "); check the file");
                }
                sink.accept(piece, length, found);
                found += length;
            }
        } catch (EOFException e) {
            // compressed data ends early: if values are missing, say how many, otherwise only its checksum is
            if (found == expected) {
                throw e;
            }
        }
        if (found < expected) {
            throw new IllegalArgumentException(file.name() + ": truncated, " + found + " bytes of data found"
                    + " (expected: " + expected + " for " + shape + "); copy the file again");
        }
    }

    private static int nextInt(DataFile file, InputStream bytes) throws IOException {
        int value = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            int next = bytes.read();
            if (next < 0) {
                throw new IllegalArgumentException(file.name()
                        + ": ends within its header (expected: an IDX file, 4 bytes and 4 more for each dimension);"
                        + " copy the file again");
            }
            value = value << 8 | next;
        }
        return value;
    }

    private static List<String> numbers(Tensor labels) {
        int most = IntStream.range(0, labels.rows()).map(labels::getInt).max().orElse(0);
        return IntStream.rangeClosed(0, most).mapToObj(Integer::toString).toList();
    }

    private static float[] pixels() {
        float[] scaled = new float[256];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = i / 255f;
        }
        return scaled;
    }

    private static String hex(int magic) {
        return String.format("0x%08x", magic);
    }
}
