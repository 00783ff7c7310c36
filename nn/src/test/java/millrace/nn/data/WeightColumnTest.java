package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.nn.data.CsvOptions.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A column of a table that says what each sample counts. */
class WeightColumnTest extends CsvFiles {
    private static final CsvOptions WEIGHTED =
            CsvOptions.regression().withLabel("y").withWeight("w");

    private static float[] weights(Dataset data) {
        return Objects.requireNonNull(data.weights()).toFloats();
    }

    @Test
    void isNoFeature() {
        CsvTable table = CsvTable.read(write(file, "w,a,y,b\n2,10,1,20\n0.5,11,2,21\n0,12,3,22\n"), WEIGHTED);

        assertThat(table.dataset().inputs().toFloats()).containsExactly(10, 20, 11, 21, 12, 22);
        assertThat(table.dataset().targets().toFloats()).containsExactly(1, 2, 3);
        assertThat(weights(table.dataset())).containsExactly(2, 0.5f, 0);
        assertThat(table.schema(table.all()).names()).containsExactly("a", "b");
        assertThat(table.schema(table.all()).weight()).contains("w");
    }

    @Test
    void isFoundByNumberAndBesideLabelsThatAreClasses() {
        CsvOptions options = CsvOptions.classification().withWeight("1");

        Dataset data = CsvReader.read(write(file, "3,0.1,red\n4,0.2,blue\n"), options);

        assertThat(data.inputs().toFloats()).containsExactly(0.1f, 0.2f);
        assertThat(data.classes()).containsExactly("blue", "red");
        assertThat(weights(data)).containsExactly(3, 4);
    }

    @Test
    void samplesOfAnotherFileHaveTheirWeightsAndPredictionNeedsNone() {
        CsvTable table = CsvTable.read(write(file, "w,a,y,b\n2,10,1,20\n0.5,11,2,21\n"), WEIGHTED);
        TableSchema schema = table.schema(table.all());

        CsvTable labelled = CsvTable.read(write(other, "b,y,w,a\n5,6,7,8\n"), WEIGHTED, schema, true);
        assertThat(weights(labelled.dataset(schema, Optional.empty(), Optional.empty(), labelled.all())))
                .containsExactly(7);
        for (String text : new String[] {"b,y,w,a\n5,6,x,8\n", "b,a\n5,8\n", "8,5\n"}) {
            assertThat(SampleReader.read(write(other, text), schema, CsvFormat.AUTO, Optional.empty())
                            .toFloats())
                    .containsExactly(8, 5);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvTable.read(write(other, "b,y,a\n5,6,8\n"), WEIGHTED, schema, true))
                .withMessage(
                        other + ": columns b, y, a (expected: w, the weight that the model was trained with); there"
                                + " is no w, correct the header or add what is missing");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> SampleReader.read(write(other, "8,5,1,1\n"), schema, CsvFormat.AUTO, Optional.empty()))
                .withMessageContaining("4 columns (expected: 2: a, b, the model's input, without label and weight)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-1     | -1 (expected: 0 or more, it is the weight of a sample); correct the cell, remove the row or name"
                        + " another weight column",
                "-0.001 | -0.001 (expected: 0 or more, it is the weight of a sample)",
                "NaN    | NaN (expected: a finite number); correct the cell, remove the row or name another weight column",
                "''     | empty (expected: a number)",
                "?      | ? (expected: a number)",
                "heavy  | heavy (expected: a number)",
                "1e39   | 1e39 (expected: a finite number)",
                "1e-60  | 1e-60 (expected: 0, or at least 1.1754944E-38)",
            })
    void aCellThatIsNoWeightIsRefusedWithItsLineAndColumn(String cell, String message) {
        write(file, "a,w,y\n1,1,1\n2," + cell + ",2\n");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvTable.read(file, WEIGHTED.withMissing(ColumnRule.Missing.MEAN, true)))
                .withMessageStartingWith(file + ": line 3, column 2 (\"w\"): " + message);
    }

    @Test
    void someSampleHasToCount() {
        write(file, "a,w,y\n1,0,1\n2,0.0,2\n");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvTable.read(file, WEIGHTED))
                .withMessage(
                        file + ": column 2 (\"w\"): all 2 weights are 0 (expected: one or more above 0); correct them"
                                + " or name another weight column");
    }

    @Test
    void theColumnHasOnePurpose() {
        write(file, "a,w,y\n1,1,1\n");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvTable.read(file, WEIGHTED.withWeight("y")))
                .withMessage(
                        file + ": weight: column 3 (\"y\") is the label (expected: another column); name the one that"
                                + " says what a sample counts");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvTable.read(file, WEIGHTED.withDrop("w")))
                .withMessage(
                        file + ": drop: column 2 (\"w\") is the weight (expected: other columns); name another weight"
                                + " or do not drop it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvTable.read(file, WEIGHTED.withColumns(ColumnRule.category("w"))))
                .withMessage(
                        file + ": columns: column 2 (\"w\") is the weight (expected: a feature); leave out its rule");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvTable.read(file, WEIGHTED.withWeight("v")))
                .withMessageStartingWith(
                        file + ": weight: v (expected: one of the names a, w, y, or a number from 1 to 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvTable.read(write(file, "a,w,w,y\n1,1,1,1\n"), WEIGHTED.withWeight("2")))
                .withMessageContaining("w names 2 columns");
    }

    /** Wherever the column stands, and whatever rows are taken: each sample keeps its weight. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void eachSampleKeepsItsWeight(long seed) {
        Random random = new Random(seed);
        int rows = 20 + random.nextInt(20);
        int at = random.nextInt(3);
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < rows; row++) {
            String[] cells = {String.valueOf(row), String.valueOf(10 * row), String.valueOf(100 * row)};
            cells[at] = String.valueOf(row / 4.0);
            text.append(String.join(",", cells)).append('\n');
        }
        CsvOptions options = CsvOptions.regression()
                .withHeader(Header.FALSE)
                .withWeight(String.valueOf(random.nextBoolean() ? at + 1 : at - 3))
                .withLabel(at == 2 ? "2" : "3");
        Dataset all = CsvReader.read(write(file, text.toString()), options);
        Splits splits = Splits.of(all, 0.2, 0.3, seed);

        for (Dataset part : new Dataset[] {all, splits.train(), splits.validation(), splits.test(), all.slice(3, 9)}) {
            double unit = at == 2 ? 10 : 100;
            float[] targets = part.targets().toFloats();
            float[] expected = new float[targets.length];
            for (int i = 0; i < targets.length; i++) {
                expected[i] = (float) (targets[i] / unit / 4);
            }
            assertThat(weights(part)).as("seed %d", seed).isEqualTo(expected);
        }
        int[] others = IntStream.range(0, rows).filter(row -> row % 3 == 1).toArray();
        assertThat(weights(all.select(others)))
                .as("seed %d", seed)
                .isEqualTo(
                        weights(all.withName("other").withTargets(all.targets()).select(others)));
        assertThat(Arrays.equals(
                        weights(all), weights(Normalization.standard(all).apply(all))))
                .as("seed %d", seed)
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(floats = {-1, Float.NaN, Float.POSITIVE_INFINITY})
    void weightsOfAProgramAreCheckedToo(float weight) {
        Dataset data = TestData.labelled(3, 2, 2);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> data.withWeights(1, weight, 1))
                .withMessage("labelled: row 1: weight: " + weight
                        + " (expected: a finite number of 0 or more); correct it or remove the sample");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> data.withWeights(1, 1))
                .withMessage(
                        "labelled: 3 targets and 2 weights (expected: equally many); every sample needs its weight");
    }
}
