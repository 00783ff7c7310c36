package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalizationTest {

    private static Dataset dataset(Tensor inputs) {
        return new Dataset("train", inputs, TestData.numbered(inputs.rows(), 1), List.of());
    }

    @Test
    void standardIsMeanAndPopulationDeviationOfEachFeature() {
        Normalization standard = Normalization.standard(dataset(TestData.floats(4, 2, 2, 10, 4, 10, 4, 30, 6, 30)));

        assertThat(standard.mean()).containsExactly(4, 20);
        assertThat(standard.scale()).containsExactly(Math.sqrt(2), 10);
    }

    @Test
    void constantFeaturesAreOnlyShifted() {
        Dataset train = dataset(TestData.floats(3, 2, 0.1f, 1, 0.1f, 2, 0.1f, 3));
        Normalization standard = Normalization.standard(train);

        assertThat(standard.scale()[0]).isEqualTo(1);
        assertThat(standard.apply(train).inputs().getFloat(0)).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void appliedToItsOwnDataGivesMeanZeroAndDeviationOne(long seed) {
        Random random = new Random(seed);
        int rows = 50 + random.nextInt(50);
        int columns = 1 + random.nextInt(6);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (1000 * (i % columns) + Math.pow(10, i % columns - 2) * random.nextGaussian());
        }
        Dataset train = dataset(TestData.floats(rows, columns, values));

        float[] normal = Normalization.standard(train).apply(train).inputs().toFloats();

        for (int column = 0; column < columns; column++) {
            double sum = 0;
            double squares = 0;
            for (int row = 0; row < rows; row++) {
                sum += normal[row * columns + column];
                squares += Math.pow(normal[row * columns + column], 2);
            }
            assertThat(sum / rows).as("mean, seed %d", seed).isCloseTo(0, within(1e-3));
            assertThat(squares / rows).as("variance, seed %d", seed).isCloseTo(1, within(1e-3));
        }
    }

    @Test
    void onePairHoldsForAllFeatures() {
        Dataset original = dataset(TestData.floats(2, 2, 1, 3, 5, 7));
        Dataset result = Normalization.of(1, 2).apply(original);

        assertThat(result.inputs().toFloats()).containsExactly(0, 1, 2, 3);
        assertThat(original.inputs().toFloats()).as("the original").containsExactly(1, 3, 5, 7);
        assertThat(result.targets()).isSameAs(original.targets());
    }

    @Test
    void testDataAreScaledByTheNumbersOfTheTrainingData() {
        Normalization standard = Normalization.standard(dataset(TestData.floats(2, 1, 0, 2)));

        assertThat(standard.apply(dataset(TestData.floats(2, 1, 5, -1)))
                        .inputs()
                        .toFloats())
                .containsExactly(4, -2);
    }

    @Test
    void targetsCanBeStandardisedAndRestored() {
        Dataset train = new Dataset("train", TestData.numbered(2, 3), TestData.floats(2, 2, 100, 8, 300, 4), List.of());
        Normalization ofTargets = Normalization.ofTargets(train);
        Dataset result = ofTargets.applyToTargets(train);

        assertThat(result.targets().toFloats()).containsExactly(-1, 1, 1, -1);
        assertThat(result.inputs()).isSameAs(train.inputs());
        assertThat(ofTargets.restore(result.targets().toFloats())).containsExactly(100, 8, 300, 4);
    }

    @Test
    void survivesAsTwoArrays() {
        Normalization standard = Normalization.standard(dataset(TestData.floats(2, 2, 1, 2, 3, 5)));
        Normalization again = Normalization.of(standard.mean(), standard.scale());

        assertThat(again).isEqualTo(standard).hasSameHashCodeAs(standard);
        assertThat(again).isNotEqualTo(Normalization.of(0, 1));
        assertThat(again).hasToString("(x - mean) / scale of 2 features");
        assertThat(Normalization.of(0.5, 2)).hasToString("(x - 0.5) / 2.0");
    }

    @Test
    void isImmutable() {
        double[] mean = {1};
        Normalization normalization = Normalization.of(mean, new double[] {1});
        mean[0] = 2;
        normalization.mean()[0] = 3;

        assertThat(normalization.mean()).containsExactly(1);
    }

    @Test
    void anEmptyPartStaysEmpty() {
        Dataset train = dataset(TestData.numbered(3, 2));

        assertThat(Normalization.standard(train).apply(train.slice(0, 0)).size())
                .isZero();
    }

    @Test
    void wrongNumbersAreErrors() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Normalization.of(0, 0))
                .withMessage("scale: 0.0 (expected: a finite number above 0); give a constant feature the scale 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Normalization.of(Double.NaN, 1))
                .withMessage("mean: NaN (expected: a finite number)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Normalization.of(new double[2], new double[] {1}))
                .withMessage("normalization: 2 means and 1 scales (expected: equally many, one or more)");
    }

    @Test
    void wrongDataAreErrors() {
        Dataset train = dataset(TestData.numbered(3, 2));
        Normalization standard = Normalization.standard(train);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> standard.apply(dataset(TestData.numbered(3, 5))))
                .withMessage("train: 5 features (expected: 2, as in the data that the normalization was made from)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Normalization.standard(train.slice(0, 0)))
                .withMessage("train: no samples (expected: one or more to normalize by)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Normalization.ofTargets(TestData.labelled(3, 2, 2)))
                .withMessage("labelled: targets are class labels (expected: values); normalize the inputs only");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> standard.applyToTargets(TestData.labelled(3, 2, 2)))
                .withMessageStartingWith("labelled: targets are class labels");
    }
}
