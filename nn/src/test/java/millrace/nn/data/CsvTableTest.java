package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.nn.data.ColumnRule.DatePart;
import millrace.nn.data.ColumnRule.Missing;
import millrace.nn.data.ColumnRule.Unknown;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTableTest extends CsvFiles {
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
    void categoriesBecomeOneNumberEach() {
        CsvOptions options = CLASSES.withColumns(ColumnRule.category("sky"));

        CsvTable table = table("wind,sky,go\n1,rain,no\n2,sun,yes\n3,fog,no\n4,sun,yes\n", options);

        assertThat(table.dataset().inputs().toFloats()).containsExactly(1, 0, 1, 0, 2, 0, 0, 1, 3, 1, 0, 0, 4, 0, 0, 1);
        assertThat(table.schema(table.all()).names()).containsExactly("wind", "sky = fog", "sky = rain", "sky = sun");
    }

    @Test
    void numbersAsCategoriesSortAsNumbersHoweverTheyAreWritten() {
        CsvTable table = table("code,y\n10,0.5\n9,1\n10.0,2\n", VALUES.withColumns(ColumnRule.category("code")));

        assertThat(table.schema(table.all()).names()).containsExactly("code = 9", "code = 10");
        assertThat(table.dataset().inputs().toFloats()).containsExactly(0, 1, 1, 0, 0, 1);
    }

    @Test
    void datesBecomeTheirParts() {
        ColumnRule iso = ColumnRule.date("day", DatePart.MONTH, DatePart.WEEKDAY, DatePart.DAYS);

        assertThat(inputs("day,y\n2026-11-29,1\n1970-01-02T12:00,2\n1970-01-01 06:00:00,3\n", VALUES.withColumns(iso)))
                .containsExactly(11, 7, (float) LocalDate.of(2026, 11, 29).toEpochDay(), 1, 5, 1.5f, 1, 4, 0.25f);
        assertThat(inputs(
                        "day,y\n29.11.2026 07:30,1\n",
                        VALUES.withColumns(
                                ColumnRule.date("day", DatePart.values()).withFormat("dd.MM.yyyy HH:mm"))))
                .startsWith(2026, 11, 29, 7, 333, 7, 30, 0);
    }

    @ParameterizedTest
    @CsvSource({"ZERO, 0", "MEAN, 4", "MEDIAN, 3", "MOST_FREQUENT, 2"})
    void somethingStandsInForMissingNumbers(Missing missing, float expected) {
        String text = "a,y\n2,0\n,0\n4,0\n?,0\n2,0\n8,0\nNA,0\n";

        float[] found = inputs(text, VALUES.withMissing(missing, true));

        assertThat(found).containsExactly(2, 0, expected, 1, 4, 0, expected, 1, 2, 0, 8, 0, expected, 1);
    }

    @Test
    void whatStandsInIsLearntFromTheRowsThatAreTrainedWith() {
        CsvTable table = table("a,y\n1,0\n3,0\n100,0\n,0\n", VALUES.withMissing(Missing.MEAN, false));

        TableSchema schema = table.schema(new int[] {0, 1});

        assertThat(table.dataset(schema, Optional.empty(), Optional.empty(), new int[] {3, 2})
                        .inputs()
                        .toFloats())
                .containsExactly(2, 100);
        assertThat(messageOf(() -> table.schema(new int[] {3})))
                .isEqualTo("train.csv: column a: no values in the rows that are trained with (expected: 1 or more to"
                        + " learn from); drop it");
    }

    @Test
    void missingCategoriesAreTheMostFrequentOneOrNone() {
        String text = "c,y\nb,0\na,0\nb,0\n,0\n";
        ColumnRule rule = ColumnRule.category("c");

        assertThat(inputs(text, VALUES.withColumns(rule.withMissing(Missing.MOST_FREQUENT, false))))
                .containsExactly(0, 1, 1, 0, 0, 1, 0, 1);
        assertThat(inputs(text, VALUES.withColumns(rule.withMissing(Missing.ZERO, true))))
                .containsExactly(0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1);
    }

    @Test
    void severalTargetsDecimalCommasAndOtherCharactersAreRead() {
        CsvOptions options = VALUES.withLabels("bas", "haut")
                .withFormat(CsvFormat.AUTO.withDecimal(',').withCharset(StandardCharsets.ISO_8859_1))
                .withColumns(ColumnRule.category("été"));
        TestData.write(file, "été;x;bas;haut\nœuf;1,5;-2,25;3\nété;0,5;1;1e2\n".getBytes(StandardCharsets.ISO_8859_1));

        CsvTable table = CsvTable.read(file, options);

        assertThat(table.dataset().inputs().shape()).isEqualTo(Shape.of(2, 3));
        assertThat(table.dataset().inputs().toFloats()).containsExactly(1, 0, 1.5f, 0, 1, 0.5f);
        assertThat(table.dataset().targets().toFloats()).containsExactly(-2.25f, 3, 1, 100);
        assertThat(table.schema(table.all()).labels()).containsExactly("bas", "haut");
    }

    @Test
    void aPointBesideADecimalCommaIsNoNumber() {
        CsvOptions options = VALUES.withFormat(CsvFormat.AUTO.withDecimal(','));

        assertThat(messageOf(() -> table("a;y\n1.234,5;1\n", options)))
                .contains("line 2, column 1 (\"a\"): 1.234,5 (expected: a number)");
        assertThat(inputs("\"1,5\",2\n", options)).containsExactly(1.5f);
    }

    /** Whatever the order of the columns, and whatever stands beside them, a file means the same. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void columnsAreFoundByName(long seed) {
        Random random = new Random(seed);
        int features = 1 + random.nextInt(5);
        List<String> names = new ArrayList<>(
                IntStream.range(0, features).mapToObj(i -> "f" + i).toList());
        int rows = 3 + random.nextInt(10);
        String[][] cells = new String[rows][features + 2];
        for (String[] row : cells) {
            for (int c = 0; c < features; c++) {
                row[c] = c == 0 ? "w" + random.nextInt(3) : String.valueOf(random.nextInt(1000) / 8.0);
            }
            row[features] = random.nextBoolean() ? "yes" : "no";
            row[features + 1] = "id" + random.nextInt();
        }
        List<String> all = new ArrayList<>(names);
        all.addAll(List.of("label", "id"));
        CsvOptions options = CLASSES.withLabel("label").withDrop("id").withColumns(ColumnRule.category("f0"));
        CsvTable table = table(csv(all, all, cells), options);
        TableSchema schema = table.schema(table.all());
        Optional<Normalization> scale = Optional.of(table.standard(schema, table.all()));
        Dataset expected = table.dataset(schema, scale, Optional.empty(), table.all());

        Collections.shuffle(all, random);
        List<String> original = new ArrayList<>(names);
        original.addAll(List.of("label", "id"));
        write(other, csv(all, original, cells));
        assertThat(CsvTable.read(other, options, schema, false)
                        .inputs(schema, scale)
                        .toFloats())
                .as("seed %d", seed)
                .isEqualTo(expected.inputs().toFloats());
        CsvTable labelled = CsvTable.read(other, options, schema, true);
        Dataset again = labelled.dataset(schema, scale, Optional.empty(), labelled.all());
        assertThat(TestData.ints(again.targets())).as("seed %d", seed).isEqualTo(TestData.ints(expected.targets()));

        all.remove("f" + random.nextInt(features));
        write(other, csv(all, original, cells));
        assertThat(messageOf(() -> CsvTable.read(other, options, schema, false)))
                .as("seed %d", seed)
                .startsWith(other + ": columns " + String.join(", ", all) + " (expected: " + String.join(", ", names));
    }

    private static String csv(List<String> columns, List<String> original, String[][] cells) {
        return String.join(",", columns) + "\n"
                + Arrays.stream(cells)
                        .map(row -> columns.stream()
                                .map(column -> row[original.indexOf(column)])
                                .collect(Collectors.joining(",")))
                        .collect(Collectors.joining("\n"));
    }

    @Test
    void otherFilesHaveTheClassesAndCategoriesOfTheTrainingFile() {
        CsvOptions options = CLASSES.withColumns(ColumnRule.category("c"));
        CsvTable table = table("c,kind\nx,ant\ny,bee\nz,cat\n", options);
        TableSchema schema = table.schema(table.all());

        CsvTable read = CsvTable.read(write(other, "c,kind\nz,cat\nz,bee\n"), options, schema, true);
        Dataset dataset = read.dataset(schema, Optional.empty(), Optional.empty(), read.all());

        assertThat(dataset.classes()).containsExactly("ant", "bee", "cat");
        assertThat(TestData.ints(dataset.targets())).containsExactly(2, 1);
        assertThat(dataset.inputs().toFloats()).containsExactly(0, 0, 1, 0, 0, 1);
        assertThat(messageOf(() -> CsvTable.read(write(other, "c,kind\nz,dog\n"), options, schema, true)))
                .contains("label out of range: dog (expected: 0 to 2, or one of the classes ant, bee, cat)");
        assertThat(messageOf(() -> CsvTable.read(write(other, "c\nw\n"), options, schema, false)))
                .endsWith("line 2, column 1 (\"c\"): w (expected: one of the categories x, y, z);"
                        + " correct the cell, or train with unknown = zero");
    }

    @Test
    void unknownCategoriesMayBeNone() {
        CsvOptions options = VALUES.withColumns(ColumnRule.category("c").withUnknown(Unknown.ZERO));
        CsvTable table = table("c,y\nx,1\ny,2\n", options);
        TableSchema schema = table.schema(table.all());

        assertThat(CsvTable.read(write(other, "c\nw\ny\n"), options, schema, false)
                        .inputs(schema, Optional.empty())
                        .toFloats())
                .containsExactly(0, 0, 0, 1);
    }

    @Test
    void aClassThatIsANumberIsNotThePlaceOfAnother() {
        assertThat(messageOf(() -> table("7,1\n", CLASSES.withClasses(List.of("3", "5")))))
                .contains("label out of range: 1 (expected: one of the classes 3, 5)");
    }

    @Test
    void withoutAHeaderTheOrderCountsAndTheNumberOfColumnsMustFit() {
        CsvTable table = table("w,h,kind\n1,2,a\n3,4,b\n", CLASSES);
        TableSchema schema = table.schema(table.all());

        assertThat(CsvTable.read(write(other, "5,6\n"), CLASSES, schema, false)
                        .inputs(schema, Optional.empty())
                        .toFloats())
                .containsExactly(5, 6);
        assertThat(messageOf(() -> CsvTable.read(write(other, "5,6,7\n"), CLASSES, schema, false)))
                .endsWith("3 columns (expected: 2: w, h, the model's input, without a label); correct the rows or add a"
                        + " header, by which columns are found");
        assertThat(messageOf(() -> CsvTable.read(write(other, "5,6,1\n"), CLASSES, schema, true)))
                .contains("no header (expected: one with w, h and kind)");
    }

    @Test
    void aHeaderOfNumbersIsAskedFor() {
        String asks = "line 1: a row of numbers whose label is the only one of its kind (expected: header = true if"
                + " these are the names of the columns, false if it is a sample); set header";
        String words = "1100,1102,kind\n1,0,ant\n0,1,bee\n1,0,ant\n0,1,bee\n";

        assertThat(messageOf(() -> table(words, CLASSES))).endsWith(asks);
        assertThat(messageOf(() -> table("1100,kind\n1,0\n0,1\n", CLASSES))).endsWith(asks);
        assertThat(table(words, CLASSES.withHeader(CsvOptions.Header.FALSE)).rows())
                .isEqualTo(5);
        CsvTable named = table(words, CLASSES.withHeader(CsvOptions.Header.TRUE));
        TableSchema schema = named.schema(named.all());
        assertThat(schema.columns()).containsExactly("1100", "1102");
        write(other, "1102,1100\n8,9\n");
        assertThat(CsvTable.read(other, CLASSES, schema, false)
                        .inputs(schema, Optional.empty())
                        .toFloats())
                .containsExactly(9, 8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"?", "NA", "n/a", "#N/A", "<NA>", "null"})
    void wordsForNothingAreNoClasses(String word) {
        String text = "w,kind\n1,ant\n2," + word + "\n";

        assertThat(messageOf(() -> table(text, CLASSES)))
                .contains("line 3, column 2 (\"kind\"): " + word + " (expected: a class label, a word or an integer)");
        assertThat(table(text, CLASSES.withFormat(CsvFormat.AUTO.withMissing(List.of(""))))
                        .dataset()
                        .classes())
                .containsExactlyInAnyOrder("ant", word);
    }

    /** Seconds since 1970 differ in digits that float32 does not have. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void valuesFarFromZeroKeepTheirDifferences(long seed) {
        Random random = new Random(seed);
        long offset = 1_000_000_000L + random.nextInt(1_000_000_000);
        int rows = 20 + random.nextInt(50);
        int[] seconds = random.ints(rows, 0, 60).toArray();
        String text = "t,y\n"
                + Arrays.stream(seconds).mapToObj(s -> (offset + s) + ",0").collect(Collectors.joining("\n"));
        CsvTable table = table(text, VALUES);
        TableSchema schema = table.schema(table.all());
        double mean = Arrays.stream(seconds).average().orElseThrow();
        double deviation = Math.sqrt(Arrays.stream(seconds)
                .mapToDouble(s -> (s - mean) * (s - mean))
                .average()
                .orElseThrow());

        float[] found = table.inputs(schema, Optional.of(table.standard(schema, table.all())))
                .toFloats();

        for (int row = 0; row < rows; row++) {
            assertThat(found[row])
                    .as("seed %d, row %d", seed, row)
                    .isCloseTo((float) ((seconds[row] - mean) / deviation), within(1e-5f));
        }
    }

    @Test
    void flagsAndCategoriesAreNotScaled() {
        CsvOptions options = VALUES.withMissing(Missing.MEAN, true).withColumns(ColumnRule.category("c"));
        CsvTable table = table("a,c,y\n1,x,0\n3,y,0\n,y,0\n", options);
        TableSchema schema = table.schema(table.all());

        Normalization scale = table.standard(schema, table.all());

        assertThat(scale.mean()).containsExactly(2, 0, 0, 0);
        assertThat(Arrays.copyOfRange(scale.scale(), 1, 4)).containsOnly(1);
    }

    @Test
    void rulesCheckThemselves() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ColumnRule.category("c").withMissing(Missing.MEAN, false))
                .withMessage(
                        "column c: missing: mean (expected: refuse, zero or most-frequent, categories have no mean)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ColumnRule.date("d").withFormat("yyyy-bb"))
                .withMessageStartingWith(
                        "column d: format: yyyy-bb (expected: a pattern of a date, as dd.MM.yyyy HH:mm");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VALUES.withColumns(ColumnRule.number("a"), ColumnRule.category("a")))
                .withMessage("columns: a (expected: each column once); remove one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CLASSES.withLabels("a", "b"))
                .withMessage(
                        "label: a, b (expected: one column); name what is to be predicted, or choose task regression"
                                + " for several columns");
        assertThat(messageOf(() -> table("a,y\n1,2\n", VALUES.withColumns(ColumnRule.date("y")))))
                .endsWith("columns: column 2 (\"y\") is the label (expected: a feature); leave out its rule");
    }
}
