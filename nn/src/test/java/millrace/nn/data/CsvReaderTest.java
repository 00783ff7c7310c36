package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import millrace.nn.data.CsvOptions.Header;
import millrace.nn.data.CsvOptions.Separator;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CsvReaderTest {
    private static final CsvOptions CLASSES = CsvOptions.classification();

    private Path file = Path.of("");

    @BeforeEach
    void file(@TempDir Path dir) {
        file = dir.resolve("train.csv");
    }

    private Dataset read(String text, CsvOptions options) {
        return CsvReader.read(TestData.write(file, text.getBytes(StandardCharsets.UTF_8)), options);
    }

    @Test
    void readsHeaderNumbersAndWordLabels() {
        Dataset dataset = read("length,width,species\n1.5,-2,setosa\n3e-2,.5,virginica\n+4,5.,setosa\n", CLASSES);

        assertThat(dataset.name()).isEqualTo("train.csv");
        assertThat(dataset.inputs().shape()).isEqualTo(Shape.of(3, 2));
        assertThat(dataset.inputs().toFloats()).containsExactly(1.5f, -2, 0.03f, 0.5f, 4, 5);
        assertThat(TestData.ints(dataset.targets())).containsExactly(0, 1, 0);
        assertThat(dataset.classes()).containsExactly("setosa", "virginica");
    }

    static Stream<Arguments> separators() {
        return Stream.of(
                Arguments.of("1,2,0\n3,4,1", Separator.AUTO),
                Arguments.of("1;2;0\n3;4;1", Separator.AUTO),
                Arguments.of("1\t2\t0\n3\t4\t1", Separator.AUTO),
                Arguments.of("  1 2   0 \n 3  4\t1", Separator.AUTO),
                Arguments.of("1 , 2 ,0\r\n\r\n3,4 , 1\r\n  \r\n", Separator.AUTO),
                Arguments.of("\"x, y\";\"a;b\";c\n1;2;0\n3;4;1", Separator.AUTO),
                Arguments.of("a,b;c;d\n1;2;0\n3;4;1", Separator.AUTO),
                Arguments.of("a,b;c,d,e;f\n1;2;0\n3;4;1", Separator.SEMICOLON),
                Arguments.of("a;b,c,d\n1,2,0\n3,4,1", Separator.COMMA),
                Arguments.of("a\tb;c;d\te\n1\t2\t0\n3\t4\t1", Separator.TAB),
                Arguments.of("1\t2 0\n3 4\t1", Separator.BLANKS),
                Arguments.of("\uFEFF1,2,0\n3,4,1", Separator.AUTO));
    }

    @ParameterizedTest
    @MethodSource("separators")
    void separatorsAreFoundOrTold(String text, Separator separator) {
        Dataset dataset = read(text, CLASSES.withSeparator(separator));

        assertThat(dataset.inputs().toFloats()).containsExactly(1, 2, 3, 4);
        assertThat(TestData.ints(dataset.targets())).containsExactly(0, 1);
    }

    @Test
    void quotedCellsHoldSeparatorsQuotesAndLineEnds() {
        Dataset dataset = read("\"1\", \"2\" ,\"say \"\"a, b\"\"\"\n\"3\",4,\"two\nlines\"\n5,6,\"\"\"\"\n", CLASSES);

        assertThat(dataset.inputs().toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(dataset.classes()).containsExactly("\"", "say \"a, b\"", "two\nlines");
        assertThat(TestData.ints(dataset.targets())).containsExactly(1, 2, 0);
    }

    @Test
    void gzipIsKnownByItsBytes() {
        TestData.write(file, TestData.gzip("1,0\n2,1\n".getBytes(StandardCharsets.UTF_8)));

        assertThat(CsvReader.read(file, CLASSES).inputs().toFloats()).containsExactly(1, 2);
    }

    @Test
    void headerCanBeForcedOrDenied() {
        assertThat(read("1,0\n2,1\n3,0\n", CLASSES.withHeader(Header.TRUE)).size())
                .isEqualTo(2);
        assertThat(read("1,0\n2,1\n3,0\n", CLASSES.withHeader(Header.FALSE)).size())
                .isEqualTo(3);
        assertThat(read("1,cat\n2,dog\n", CLASSES).size())
                .as("one number makes the first row data")
                .isEqualTo(2);
    }

    @Test
    void labelAndDroppedColumnsByNameOrNumber() {
        String text = "id,a,kind,b\nx,1,0,2\ny,3,1,4\n";
        for (String label : List.of("kind", "3", "-2")) {
            for (String drop : List.of("id", "1", "-4")) {
                Dataset dataset = read(text, CLASSES.withLabel(label).withDrop(drop));
                assertThat(dataset.inputs().toFloats()).containsExactly(1, 2, 3, 4);
                assertThat(TestData.ints(dataset.targets())).containsExactly(0, 1);
            }
        }
    }

    @Test
    void aNameGoesBeforeANumber() {
        Dataset dataset = read(
                "2,3,1\n5,6,7\n",
                CsvOptions.regression().withHeader(Header.TRUE).withLabel("1"));

        assertThat(dataset.targets().toFloats()).containsExactly(7);
    }

    @Test
    void regressionTargetsAreOneColumnOfFloats() {
        Dataset dataset = read("1 2 3.5\n4 5 -6\n", CsvOptions.regression());

        assertThat(dataset.isClassification()).isFalse();
        assertThat(dataset.targets().shape()).isEqualTo(Shape.of(2, 1));
        assertThat(dataset.targets().toFloats()).containsExactly(3.5f, -6);
    }

    static Stream<Arguments> labels() {
        return Stream.of(
                Arguments.of("0 to k-1 stay", List.of("2", "0", "1"), List.of("0", "1", "2"), new int[] {2, 0, 1}),
                Arguments.of(
                        "others sort as numbers", List.of("10", "9", "-1"), List.of("-1", "9", "10"), new int[] {2, 1, 0
                        }),
                Arguments.of("a gap renumbers", List.of("3", "0"), List.of("0", "3"), new int[] {1, 0}),
                Arguments.of("one spelling", List.of("1.0", "0", "01"), List.of("0", "1"), new int[] {1, 0, 1}),
                Arguments.of(
                        "words sort as words", List.of("b", "B", "10", "9"), List.of("10", "9", "B", "b"), new int[] {
                            3, 2, 0, 1
                        }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("labels")
    void labelsBecomeClasses(String name, List<String> cells, List<String> classes, int[] expected) {
        String text = "x,y\n7," + String.join("\n7,", cells) + "\n";

        Dataset dataset = read(text, CLASSES);

        assertThat(dataset.classes()).as(name).isEqualTo(classes);
        assertThat(TestData.ints(dataset.targets())).as(name).isEqualTo(expected);
    }

    @Test
    void givenClassesKeepTheirOrderByNameOrNumber() {
        Dataset dataset = read("7,ham\n7,1\n7,spam\n7,0\n", CLASSES.withClasses(List.of("spam", "ham", "rare")));

        assertThat(dataset.classes()).containsExactly("spam", "ham", "rare");
        assertThat(TestData.ints(dataset.targets())).containsExactly(1, 1, 0, 0);
    }

    @Test
    void givenClassesMayBeNumbersThemselves() {
        Dataset dataset = read("7,3\n7,5.0\n7,3\n", CLASSES.withClasses(List.of("5", "3")));

        assertThat(TestData.ints(dataset.targets())).containsExactly(1, 0, 1);
    }

    @Test
    void manyRowsAreReadWhole() {
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < 5000; row++) {
            text.append(row)
                    .append(',')
                    .append(-row)
                    .append(',')
                    .append(row * 2)
                    .append('\n');
        }

        Dataset dataset = read(text.toString(), CsvOptions.regression());

        assertThat(dataset.size()).isEqualTo(5000);
        for (int row = 0; row < 5000; row++) {
            assertThat(dataset.inputs().getFloat(2L * row)).isEqualTo(row);
            assertThat(dataset.inputs().getFloat(2L * row + 1)).isEqualTo(-row);
            assertThat(dataset.targets().getFloat(row)).isEqualTo(2 * row);
        }
    }
}
