package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.BufferedReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvErrorsTest {
    private static final CsvOptions CLASSES = CsvOptions.classification();
    private static final CsvOptions VALUES = CsvOptions.regression();

    private Path file = Path.of("");

    @BeforeEach
    void file(@TempDir Path dir) {
        file = dir.resolve("train.csv");
    }

    static Stream<Arguments> cells() {
        return Stream.of(
                Arguments.of(
                        "a,petal width,kind\n1,2,x\n\n3,abc,y\n",
                        CLASSES,
                        "line 4, column 2 (\"petal width\"): abc (expected: a number);"
                                + " correct the cell, drop the column or read it as a category"),
                Arguments.of(
                        "1,2,x\n3,0x1p3,y\n",
                        CLASSES,
                        "line 2, column 2: 0x1p3 (expected: a number); correct the cell, drop the column or read it as a category"),
                Arguments.of(
                        "1,2,x\n1f,2,y\n",
                        CLASSES,
                        "line 2, column 1: 1f (expected: a number); correct the cell, drop the column or read it as a category"),
                Arguments.of(
                        "a,b,kind\n1,,x\n",
                        CLASSES,
                        "line 2, column 2 (\"b\"): empty (expected: a number);"
                                + " fill the cell, remove the row, drop the column or say what stands in for it"),
                Arguments.of(
                        "1,NaN,x\n",
                        CLASSES,
                        "line 1, column 2: NaN (expected: a finite number);"
                                + " correct the cell, remove the row, drop the column or say what stands in for it"),
                Arguments.of(
                        "1,-inf,x\n",
                        CLASSES,
                        "line 1, column 2: -inf (expected: a finite number);"
                                + " correct the cell, remove the row or drop the column"),
                Arguments.of(
                        "1,1e39,x\n",
                        CLASSES,
                        "line 1, column 2: 1e39 (expected: a finite number);"
                                + " correct the cell, remove the row or drop the column"),
                Arguments.of(
                        "1,2\n1,two\n",
                        VALUES,
                        "line 2, column 2: two (expected: a number);"
                                + " correct the cell or name another label column"),
                Arguments.of(
                        "1,2\n1,infinity\n",
                        VALUES,
                        "line 2, column 2: infinity (expected: a finite number);"
                                + " correct the cell, remove the row or name another label column"),
                Arguments.of(
                        "x,y\n1,0.5\n",
                        CLASSES,
                        "line 2, column 2 (\"y\"): 0.5 (expected: a class label, a word or an integer);"
                                + " correct the cell, name another label column or choose task regression"),
                Arguments.of(
                        "1,a\n1,nan\n",
                        CLASSES,
                        "line 2, column 2: nan (expected: a class label, a word or an integer);"
                                + " correct the cell, name another label column or choose task regression"),
                Arguments.of(
                        "1,a\n1,\n",
                        CLASSES,
                        "line 2, column 2: empty (expected: a class label, a word or an integer);"
                                + " fill the cell or remove the row"),
                Arguments.of(
                        "1,a\n1,2\n",
                        CLASSES.withClasses(List.of("a", "b")),
                        "line 2, column 2: label out of range: 2 (expected: 0 to 1, or one of the classes a, b);"
                                + " correct the label or name all classes"),
                Arguments.of(
                        "1,a\n1,c\n",
                        CLASSES.withClasses(List.of("a", "b")),
                        "line 2, column 2: label out of range: c (expected: 0 to 1, or one of the classes a, b);"
                                + " correct the label or name all classes"),
                Arguments.of(
                        "1,\"two\nlines and much more text than anybody wants to read in an error\",a\n",
                        CLASSES,
                        "line 1, column 2: two lines and much more text than anybod... (expected: a number);"
                                + " correct the cell, drop the column or read it as a category"),
                Arguments.of(
                        "1,2,a\n1,\"2\n\",a\n3,4\n",
                        CLASSES.withDrop("2"),
                        "line 4: 2 cells (expected: 3, as in line 1); correct the row or set the separator"),
                Arguments.of(
                        "1,2,a\n1,2,a,\n",
                        CLASSES,
                        "line 2: 4 cells (expected: 3, as in line 1); correct the row or set the separator"),
                Arguments.of(
                        "1,\"2,a\n1,2,a\n",
                        CLASSES,
                        "line 1: a quote without end (expected: a closing \" behind each opening one); add it"),
                Arguments.of(
                        "1,2,a\n1,\"2\"3,a\n",
                        CLASSES,
                        "line 2: text behind a closing quote (expected: a separator); double the quotes within cells"));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void badCellsAreNamedByLineAndColumn(String text, CsvOptions options, String message) {
        assertThat(messageOf(text, options)).isEqualTo(file + ": " + message);
    }

    /** Whatever the text, the outcome is a data set or one line that begins with the file. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomTextNeverFailsInAnotherWay(long seed) {
        Random random = new Random(seed);
        String alphabet = "001123-.e,,,,;\t \"\n\n\rab";
        int read = 0;
        for (int round = 0; round < 400; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(24); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            BufferedReader reader = new BufferedReader(new StringReader(text.toString()));
            Throwable thrown = catchThrowable(() -> CsvReader.read("t.csv", reader, 0, CLASSES));
            if (thrown == null) {
                read++;
                continue;
            }
            assertThat(thrown).as("text <%s>", text).isInstanceOf(IllegalArgumentException.class);
            assertThat(thrown.getMessage())
                    .as("text <%s>", text)
                    .startsWith("t.csv: ")
                    .doesNotContain("\n");
        }
        assertThat(read).as("texts that are good").isPositive();
    }

    private String messageOf(String text, CsvOptions options) {
        TestData.write(file, text.getBytes(StandardCharsets.UTF_8));
        Throwable thrown = catchThrowable(() -> CsvReader.read(file, options));
        assertThat(thrown).isInstanceOf(IllegalArgumentException.class);
        return String.valueOf(thrown.getMessage());
    }
}
