package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import millrace.nn.data.CsvOptions.Separator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CsvFileErrorsTest {
    private static final CsvOptions CLASSES = CsvOptions.classification();

    private Path file = Path.of("");

    @BeforeEach
    void file(@TempDir Path dir) {
        file = dir.resolve("train.csv");
    }

    static Stream<Arguments> files() {
        String numbers = "a number from 1 to 3 or from -1 to -3";
        return Stream.of(
                Arguments.of("", CLASSES, "empty (expected: at least one row of data); check the file"),
                Arguments.of(" \n\n", CLASSES, "empty (expected: at least one row of data); check the file"),
                Arguments.of(
                        "a,b\n",
                        CLASSES,
                        "a header only (expected: at least one row of data); add rows or set header to false"),
                Arguments.of(
                        "a,b,kind\n1,2,x\n",
                        CLASSES.withLabel("kinds"),
                        "label: kinds (expected: one of the names a, b, kind, or " + numbers + "); correct the column"),
                Arguments.of(
                        "1,2,3\n",
                        CLASSES.withLabel("kind"),
                        "label: kind (expected: " + numbers + "); correct the column or set header to true"),
                Arguments.of(
                        "1,2,3\n",
                        CLASSES.withLabel("0"),
                        "label: 0 (expected: " + numbers + "); correct the column or set header to true"),
                Arguments.of(
                        "1,2,3\n",
                        CLASSES.withDrop("-4"),
                        "drop: -4 (expected: " + numbers + "); correct the column or set header to true"),
                Arguments.of(
                        "a,a,b\n1,2,3\n",
                        CLASSES.withLabel("a"),
                        "label: a names 2 columns (expected: one); give the column's number"),
                Arguments.of(
                        "a,b,c\n1,2,3\n",
                        CLASSES.withDrop("c"),
                        "drop: column 3 (\"c\") is the label (expected: other columns);"
                                + " name another label or do not drop it"),
                Arguments.of(
                        "1,2,3\n",
                        CLASSES.withSeparator(Separator.TAB),
                        "feature columns: 0 of 1 (expected: 1 or more beside the label);"
                                + " drop fewer columns, or set the separator"));
    }

    @ParameterizedTest
    @MethodSource("files")
    void badFilesAndColumnsAreNamed(String text, CsvOptions options, String message) {
        assertThat(messageOf(text, options)).isEqualTo(file + ": " + message);
    }

    @Test
    void longHeadersAreCutInErrors() {
        String header = "c"
                + String.join(
                        ",c",
                        Stream.iterate(1, i -> i + 1)
                                .limit(99)
                                .map(String::valueOf)
                                .toList());

        assertThat(messageOf(header + "\n1\n", CLASSES.withLabel("x")))
                .contains("c1, c2, c3,")
                .contains("c20, ... (99 in all), or a number from 1 to 99")
                .doesNotContain("c21");
    }

    @Test
    void missingFilesAndDirectoriesAreErrors() {
        Path missing = file.resolveSibling("none.csv");
        Path directory = file.resolveSibling(".");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvReader.read(missing, CLASSES))
                .withMessage(missing + ": no such file (expected: a readable CSV file); check the path");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvReader.read(directory, CLASSES))
                .withMessage(directory + ": a directory (expected: a readable CSV file); check the path");
    }

    @Test
    void binaryAndBrokenGzipFilesAreErrors() {
        TestData.write(file, new byte[] {'1', ',', (byte) 0xff, '\n'});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvReader.read(file, CLASSES))
                .withMessage(file + ": not UTF-8 text (expected: a text file in UTF-8);"
                        + " convert it or set its encoding, as latin-1");
        byte[] packed = TestData.gzip("1,a\n2,b\n".getBytes(StandardCharsets.UTF_8));
        TestData.write(file, Arrays.copyOf(packed, packed.length - 9));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvReader.read(file, CLASSES))
                .withMessage(file + ": compressed data ends early (expected: a complete gzip file);"
                        + " copy the file again");
    }

    @Test
    void optionsCheckThemselves() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CLASSES.withClasses(List.of("a", "b", "a")))
                .withMessage("classes: a (expected: each class once); remove one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvOptions.regression().withClasses(List.of("a", "b")))
                .withMessage("classes: a, b (expected: none for a regression);"
                        + " remove them or choose task classification");
    }

    private String messageOf(String text, CsvOptions options) {
        TestData.write(file, text.getBytes(StandardCharsets.UTF_8));
        Throwable thrown = catchThrowable(() -> CsvReader.read(file, options));
        assertThat(thrown).isInstanceOf(IllegalArgumentException.class);
        return String.valueOf(thrown.getMessage());
    }
}
