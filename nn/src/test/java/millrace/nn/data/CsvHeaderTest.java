package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.nn.data.CsvOptions.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** First rows of plain numbers, which may be names: never taken for one thing or the other without a word. */
class CsvHeaderTest extends CsvFiles {
    private static final CsvOptions VALUES = CsvOptions.regression();
    private static final String ASKS =
            " (expected: header = true if these are the names of the columns, false if it is a"
                    + " sample); set header";

    private TableSchema trained(String text, Header header) {
        CsvTable table = CsvTable.read(write(file, text), VALUES.withHeader(header));
        return table.schema(table.all());
    }

    private float[] inputs(TableSchema schema, Header header, boolean labelled) {
        return CsvTable.read(other, VALUES.withHeader(header), schema, labelled)
                .inputs(schema, Optional.empty())
                .toFloats();
    }

    private void assertAsked(TableSchema schema, boolean labelled, String first) {
        assertThatIllegalArgumentException()
                .as(first)
                .isThrownBy(() -> inputs(schema, Header.AUTO, labelled))
                .withMessage(other + ": line 1: a row of numbers that may be names of columns: "
                        + first.replace(",", ", ") + ASKS);
    }

    private static String line(int... cells) {
        return Arrays.stream(cells).mapToObj(String::valueOf).collect(Collectors.joining(","));
    }

    private static String rows(Random random, int rows, int columns) {
        return IntStream.range(0, rows)
                .mapToObj(row -> line(random.ints(columns, -9, 99).toArray()) + "\n")
                .collect(Collectors.joining());
    }

    /** Names that are numbers, and rows in which the same numbers may stand. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aFirstRowLikeTheTrainingsHeaderIsAskedFor(long seed) {
        Random random = new Random(seed);
        int features = 1 + random.nextInt(4);
        boolean labelled = random.nextBoolean();
        int from = random.nextInt(20);
        int[] names = IntStream.range(from, from + features + 1).toArray();
        TableSchema schema = trained(line(names) + "\n" + rows(random, 30, features + 1), Header.TRUE);
        String first = line(Arrays.copyOf(names, features + (labelled ? 1 : 0)));
        String below = rows(random, 40, features + (labelled ? 1 : 0));
        write(other, first + "\n" + below);

        assertAsked(schema, labelled, first);
        assertThat(inputs(schema, Header.TRUE, labelled)).as("seed " + seed).hasSize(40 * features);
        if (!labelled) {
            assertThat(inputs(schema, Header.FALSE, false))
                    .as("seed " + seed)
                    .hasSize(41 * features)
                    .startsWith(from);
        }
    }

    /** The other way round: a program that wrote the other file has numbered the columns, as no training file was. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void numbersOfColumnsAreAskedForWhereTheTrainingHadNoHeader(long seed) {
        Random random = new Random(seed);
        int features = 2 + random.nextInt(4);
        boolean labelled = random.nextBoolean();
        int columns = features + (labelled ? 1 : 0);
        Header given = random.nextBoolean() ? Header.AUTO : Header.FALSE;
        TableSchema schema = trained("5.5" + rows(random, 30, features + 1), given);
        int from = random.nextInt(2);
        String first = line(IntStream.range(from, from + columns).toArray());
        write(other, first + "\n" + rows(random, 10, columns));

        assertAsked(schema, labelled, first);
        assertThat(inputs(schema, Header.TRUE, labelled)).as("seed " + seed).hasSize(10 * features);
        assertThat(inputs(schema, Header.FALSE, labelled))
                .as("seed " + seed)
                .hasSize(11 * features)
                .startsWith(from);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 2", "2019, 2020"})
    void numbersOfColumnsAreAskedForInAFileToTrainWithToo(int first, int second) {
        String text = line(first, second, second + 1) + "\n5,6,7\n8,9,10\n";
        write(file, text);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvTable.read(file, VALUES))
                .withMessageContaining("line 1: a row of numbers that may be names of columns: ")
                .withMessageEndingWith(ASKS);
        assertThat(trained(text, Header.TRUE).columns()).containsExactly(String.valueOf(first), String.valueOf(second));
        assertThat(CsvTable.read(file, VALUES.withHeader(Header.FALSE)).rows()).isEqualTo(3);
    }

    @Test
    void namesOfWhichOneIsMissingAreNoSampleWithoutAWordEither() {
        TableSchema schema = trained("2019,2020,2021\n7,8,9\n", Header.TRUE);
        write(other, "2019,2022\n1,2\n3,4\n");

        assertAsked(schema, false, "2019,2022");
    }

    @Test
    void whatIsClearIsNotAskedFor() {
        TableSchema years = trained("2019,2020,2021\n0.7,0.8,0.9\n", Header.TRUE);
        write(other, "2020,2019\n0.1,0.2\n0.3,0.4\n");
        assertThat(inputs(years, Header.AUTO, false)).as("no value is like it").containsExactly(0.2f, 0.1f, 0.4f, 0.3f);
        write(other, "0.1,0.2\n");
        assertThat(inputs(years, Header.AUTO, false)).as("none of the names").containsExactly(0.1f, 0.2f);
        TableSchema words = trained("a,b,y\n1,2,3\n", Header.AUTO);
        write(other, "1,2\n");
        assertThat(inputs(words, Header.AUTO, false)).as("names of nothing").containsExactly(1, 2);
        write(other, "1,3\n2,4\n");
        assertThat(inputs(words, Header.AUTO, false)).as("no count").containsExactly(1, 3, 2, 4);
        write(file, "1,2\n2,4\n3,6\n");
        assertThat(CsvTable.read(file, VALUES).rows()).as("two columns").isEqualTo(3);
        assertThat(CsvReader.read(write(file, "1.0,2.0,3.0\n2,4,6\n"), VALUES).size())
                .as("with fractions")
                .isEqualTo(2);
    }
}
