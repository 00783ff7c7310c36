package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxReaderTest {
    private static final byte[] IMAGES =
            TestData.idx(0x803, new int[] {2, 2, 3}, 0, 1, 2, 3, 4, 5, 255, 254, 128, 127, 51, 0);
    private static final byte[] LABELS = TestData.idx(0x801, new int[] {2}, 3, 1);

    private Path images = Path.of("");
    private Path labels = Path.of("");

    @BeforeEach
    void files(@TempDir Path dir) {
        images = TestData.write(dir.resolve("images"), IMAGES);
        labels = TestData.write(dir.resolve("labels"), LABELS);
    }

    @Test
    void readsPixelsScaledAndLabels() {
        Dataset dataset = IdxReader.read(images, labels);

        assertThat(dataset.inputs().shape()).isEqualTo(Shape.of(2, 2, 3));
        assertThat(dataset.inputs().toFloats())
                .containsExactly(
                        0,
                        1 / 255f,
                        2 / 255f,
                        3 / 255f,
                        4 / 255f,
                        5 / 255f,
                        1,
                        254 / 255f,
                        128 / 255f,
                        127 / 255f,
                        0.2f,
                        0);
        assertThat(TestData.ints(dataset.targets())).containsExactly(3, 1);
        assertThat(dataset.classes()).containsExactly("0", "1", "2", "3");
        assertThat(dataset.name()).isEqualTo("images");
    }

    @Test
    void gzipIsKnownByItsBytes() {
        TestData.write(images, TestData.gzip(IMAGES));
        TestData.write(labels, TestData.gzip(LABELS));

        Dataset dataset = IdxReader.read(images, labels, List.of("a", "b", "c", "d"));

        assertThat(dataset.inputs().getFloat(6)).isEqualTo(1);
        assertThat(dataset.classes()).containsExactly("a", "b", "c", "d");
    }

    @Test
    void filesLargerThanOnePieceAreReadWhole() {
        byte[] many = Arrays.copyOf(TestData.idx(0x803, new int[] {500, 28, 28}), 16 + 500 * 784);
        new Random(1).nextBytes(many);
        System.arraycopy(TestData.idx(0x803, new int[] {500, 28, 28}), 0, many, 0, 16);
        TestData.write(images, TestData.gzip(many));
        TestData.write(labels, TestData.idx(0x801, new int[] {500}, new int[500]));

        float[] pixels = IdxReader.read(images, labels).inputs().toFloats();

        for (int i = 0; i < pixels.length; i++) {
            assertThat(pixels[i]).as("pixel %d", i).isEqualTo((many[16 + i] & 0xff) / 255f);
        }
    }

    @Test
    void missingFileIsAnError() {
        Path missing = images.resolveSibling("none");
        Path directory = images.resolveSibling(".");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(missing, labels))
                .withMessage(missing + ": no such file (expected: a readable IDX file); check the path");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, directory))
                .withMessage(directory + ": a directory (expected: a readable IDX file); check the path");
    }

    @Test
    void swappedFilesAreAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(labels, images))
                .withMessage(labels + ": magic number 0x00000801 (expected: 0x00000802 to 0x00000804, IDX images of"
                        + " unsigned bytes); check the file, and that images and labels are not swapped");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, images))
                .withMessage(images + ": magic number 0x00000803 (expected: 0x00000801, IDX labels of"
                        + " unsigned bytes); check the file, and that images and labels are not swapped");
    }

    @Test
    void truncatedFilesSayWhatWasFound() {
        TestData.write(images, Arrays.copyOf(IMAGES, IMAGES.length - 5));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessage(images + ": truncated, 7 bytes of data found (expected: 12 for 2x2x3);"
                        + " copy the file again");
    }

    @Test
    void truncatedGzipSaysWhatWasFound() {
        byte[] header = TestData.idx(0x803, new int[] {1, 100, 100});
        byte[] noise = new byte[header.length + 10_000];
        new Random(1).nextBytes(noise);
        System.arraycopy(header, 0, noise, 0, header.length);
        byte[] packed = TestData.gzip(noise);
        TestData.write(images, Arrays.copyOf(packed, packed.length / 2));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessageMatching("\\Q" + images + "\\E: truncated, [45]\\d\\d\\d bytes of data found"
                        + " \\(expected: 10000 for 1x100x100\\); copy the file again");
        TestData.write(images, Arrays.copyOf(packed, packed.length - 3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessage(images + ": compressed data ends early (expected: a complete gzip file);"
                        + " copy the file again");
    }

    @Test
    void headerThatPromisesTooMuchIsFoundBeforeMemoryIsTaken() {
        TestData.write(images, TestData.idx(0x803, new int[] {2_000_000, 32, 32}, 1, 2, 3));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessage(images + ": truncated, 3 bytes of data found (expected: 2048000000 for 2000000x32x32);"
                        + " copy the file again");
    }

    @Test
    void brokenHeadersAreErrors() {
        TestData.write(images, new byte[] {0, 0, 8});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessage(images + ": ends within its header (expected: an IDX file, 4 bytes and 4 more for each"
                        + " dimension); copy the file again");
        TestData.write(images, TestData.idx(0x803, new int[] {2, -1, 3}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessage(images + ": size -1 in dimension 2 (expected: 1 or more, at most 2147483647 values in"
                        + " all); check the file");
        TestData.write(images, TestData.idx(0x803, new int[] {70_000, 70_000, 70_000}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessageStartingWith(images + ": size 70000 in dimension 2 (expected: 1 or more, at most");
    }

    @Test
    void tooManyBytesAreAnError() {
        TestData.write(images, Arrays.copyOf(IMAGES, IMAGES.length + 1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessage(images + ": more than 12 bytes of data found (expected: 12 for 2x2x3); check the file");
    }

    @Test
    void unequalCountsAreAnError() {
        TestData.write(labels, TestData.idx(0x801, new int[] {3}, 1, 2, 3));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessage(images + ": 2 images (expected: 3, the number of labels in " + labels
                        + "); pair the right files");
    }

    @Test
    void labelBeyondTheClassesIsAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels, List.of("a", "b")))
                .withMessageStartingWith("images: row 0: label out of range: 3 (expected: 0 to 1)");
    }

    @Test
    void damagedGzipIsAnError() {
        byte[] packed = TestData.gzip(IMAGES);
        packed[packed.length - 6] ^= 1;
        TestData.write(images, packed);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdxReader.read(images, labels))
                .withMessage(images + ": damaged compressed data (expected: a gzip file); copy the file again");
    }
}
