package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import millrace.nn.data.ColumnRule.Missing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a cell or a first row means where it could be read in two ways. */
class CsvMeaningTest extends CsvFiles {
    private static final CsvOptions CLASSES = CsvOptions.classification();
    private static final CsvOptions VALUES = CsvOptions.regression();

    private float[] inputs(String text, CsvOptions options) {
        return table(text, options).dataset().inputs().toFloats();
    }

    private static String messageOf(Runnable read) {
        return String.valueOf(
                catchThrowableOfType(IllegalArgumentException.class, read::run).getMessage());
    }

    @Test
    void aFileWithoutAHeaderKeepsItsFirstRowOfWords() {
        CsvOptions options = CLASSES.withHeader(CsvOptions.Header.FALSE)
                .withColumns(ColumnRule.category("1"), ColumnRule.category("2"));
        CsvTable table = table("rain,cold,no\nsun,warm,yes\nsun,cold,yes\n", options);
        TableSchema schema = table.schema(table.all());

        assertThat(CsvTable.read(write(other, "rain,cold\nsun,warm\n"), options, schema, false)
                        .rows())
                .isEqualTo(2);
        assertThat(CsvTable.read(write(other, "rain,cold,no\nsun,warm,yes\n"), options, schema, true)
                        .rows())
                .isEqualTo(2);
    }

    @Test
    void aRowOfMissingValuesIsNoHeader() {
        CsvOptions options = VALUES.withHeader(CsvOptions.Header.FALSE).withMissing(Missing.MEAN, false);
        CsvTable table = table("1,2,0\n3,4,1\n", options);
        TableSchema schema = table.schema(table.all());

        assertThat(CsvTable.read(write(other, "?,?\n1,0\n"), options, schema, false)
                        .inputs(schema, Optional.empty())
                        .toFloats())
                .containsExactly(2, 3, 1, 0);
    }

    /** Years as names of columns, beside labels that are numbers too. */
    @Test
    void aFirstLabelFarFromAllOthersIsAskedFor() {
        String rows = "0.5,0.25,0\n0.125,1.5,1\n".repeat(3);
        assertThat(messageOf(() -> table("2015,2020,2021\n" + rows, CLASSES)))
                .contains("line 1: a row of numbers whose label is the only one of its kind");
        assertThat(table("2015,2020,2\n" + rows, CLASSES).rows()).as("label 2").isEqualTo(7);
        assertThat(table("2015,2020,2021\n" + rows + "1,1,2021\n", CLASSES).rows())
                .as("more of it")
                .isEqualTo(8);
    }

    @Test
    void theOtherDecimalSignIsPointedOut() {
        assertThat(messageOf(() -> table("a;y\n1,5;2\n", VALUES))).contains("correct the cell, set decimal, drop");
        assertThat(messageOf(() -> table("a;y\n1-5;2\n", VALUES))).contains("correct the cell, drop");
    }

    /** In labels, in numbers and in categories, in any case and with blanks around. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void wordsForNothingAreRefusedWhereverTheyStand(long seed) {
        Random random = new Random(seed);
        List<String> words = CsvFormat.MISSING;
        String word = words.get(1 + random.nextInt(words.size() - 1));
        word = random.nextBoolean() ? word.toUpperCase(Locale.ROOT) : word;
        int rows = 3 + random.nextInt(10);
        int row = random.nextInt(rows);
        int column = random.nextInt(3);
        StringBuilder text = new StringBuilder("a,c,k\n");
        for (int r = 0; r < rows; r++) {
            List<String> cells = new ArrayList<>(List.of("" + r, "w" + r % 2, r % 2 == 0 ? "ant" : "bee"));
            if (r == row) {
                cells.set(column, random.nextBoolean() ? word : " " + word + " ");
            }
            text.append(String.join(",", cells)).append('\n');
        }

        assertThat(messageOf(() -> table(text.toString(), CLASSES.withColumns(ColumnRule.category("c")))))
                .as("seed %d: %s", seed, word)
                .contains("line " + (row + 2) + ", column " + (column + 1) + " (\"" + "ack".charAt(column) + "\"): "
                        + word + " (expected: ");
    }

    @ParameterizedTest
    @CsvSource({"dd.MM.yyyy, 31.02.2026", "yyyy-MM-dd, 2026-02-30", "'', 2026-02-31"})
    void daysThatNoMonthHasAreRefused(String format, String day) {
        assertThat(messageOf(() -> table(
                        "day,y\n" + day + ",1\n",
                        VALUES.withColumns(ColumnRule.date("day").withFormat(format)))))
                .contains("line 2, column 1 (\"day\"): " + day + " (expected: a date as");
    }

    @Test
    void numbersMeanTheSameHoweverTheyAreWritten() {
        CsvOptions codes = VALUES.withColumns(ColumnRule.category("c"));
        CsvTable table = table("c,y\n0.5,1\n1.50,2\n", codes);
        TableSchema schema = table.schema(table.all());
        assertThat(CsvTable.read(write(other, "c\n.5\n1.500\n"), codes, schema, false)
                        .inputs(schema, Optional.empty())
                        .toFloats())
                .containsExactly(1, 0, 0, 1);

        CsvFormat nothing = CsvFormat.AUTO.withMissing(List.of("", "-999"));
        assertThat(inputs(
                        "a,y\n1,0\n-999.0,0\n3,0\n", VALUES.withFormat(nothing).withMissing(Missing.MEAN, false)))
                .containsExactly(1, 2, 3);
        assertThat(messageOf(() -> table("a,k\n1,7\n2,-999\n", CLASSES.withFormat(nothing))))
                .contains("line 3, column 2 (\"k\"): -999 (expected: a class label");
    }

    @Test
    void blanksInQuotesMakeNoOtherClass() {
        assertThat(table("a,k\n1,\"ant \"\n2,ant\n3,bee\n4,bee\n", CLASSES)
                        .dataset()
                        .classes())
                .containsExactly("ant", "bee");
    }

    @Test
    void oneCommaAndOneSemicolonAreAFractionAndASeparator() {
        assertThat(messageOf(() -> table("1,5;ant\n2,5;bee\n", CLASSES))).contains("2,5 (expected: a number)");
    }

    @Test
    void namesThatTwoColumnsHaveAreRefused() {
        assertThat(messageOf(() -> table("x,x,y,k\n1,2,3,a\n4,5,6,b\n", CLASSES)))
                .endsWith(
                        "header: x names 2 columns (expected: each name once); rename one, or drop them by their numbers");
        assertThat(table("x,x,y,k\n1,2,3,a\n4,5,6,b\n", CLASSES.withDrop("1", "2"))
                        .rows())
                .isEqualTo(2);
    }
}
