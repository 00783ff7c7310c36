package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SplitsTest {

    /** The rows of a part, told by their first value. */
    private static int[] rows(Dataset part) {
        int[] rows = new int[part.size()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (int) part.inputs().getFloat((long) i * part.inputs().columns()) / 100;
        }
        return rows;
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void partsAreDisjointAndTogetherTheWhole(long seed) {
        Random random = new Random(seed);
        int samples = 20 + random.nextInt(200);
        double validation = random.nextDouble() * 0.5;
        double test = random.nextDouble() * 0.4;
        Splits splits = Splits.of(TestData.labelled(samples, 2, 3), validation, test, seed);

        int[] all = Stream.of(splits.train(), splits.validation(), splits.test())
                .flatMapToInt(part -> Arrays.stream(rows(part)))
                .sorted()
                .toArray();

        assertThat(all)
                .as("seed %d", seed)
                .isEqualTo(IntStream.range(0, samples).toArray());
        for (Dataset part : new Dataset[] {splits.train(), splits.validation(), splits.test()}) {
            int[] labels = Arrays.stream(rows(part)).map(row -> row % 3).toArray();
            assertThat(TestData.ints(part.targets()))
                    .as("labels stay with their rows, seed %d", seed)
                    .isEqualTo(labels);
        }
    }

    @Test
    void partsAreShuffledBySeedAlone() {
        Dataset dataset = TestData.labelled(100, 1, 2);
        int[] test = rows(Splits.of(dataset, 0.1, 0.2, 5).test());

        assertThat(test).isNotEqualTo(IntStream.range(80, 100).toArray());
        assertThat(rows(Splits.of(dataset, 0.1, 0.2, 5).test())).isEqualTo(test);
        assertThat(rows(Splits.of(dataset, 0.1, 0.2, 6).test())).isNotEqualTo(test);
    }

    @ParameterizedTest
    @CsvSource({"150, 0.2, 0.2, 90, 30, 30", "442, 0, 0.2, 354, 0, 88", "3, 0.01, 0.01, 1, 1, 1", "10, 0, 0, 10, 0, 0"})
    void sizesAreRoundedAndNoWantedPartIsEmpty(
            int samples, double validationFraction, double testFraction, int train, int validation, int test) {
        Splits splits = Splits.of(TestData.valued(samples, 1, 1), validationFraction, testFraction, 1);

        assertThat(splits.train().size()).isEqualTo(train);
        assertThat(splits.validation().size()).isEqualTo(validation);
        assertThat(splits.test().size()).isEqualTo(test);
    }

    @Test
    void wrongFractionsAreErrors() {
        Dataset dataset = TestData.valued(10, 1, 1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Splits.of(dataset, -0.1, 0, 1))
                .withMessage("validation fraction: -0.1 (expected: 0 or more and below 1); 0.2 takes a fifth");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Splits.of(dataset, 0, 1, 1))
                .withMessage("test fraction: 1.0 (expected: 0 or more and below 1); 0.2 takes a fifth");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Splits.of(dataset, 0, Double.NaN, 1))
                .withMessage("test fraction: NaN (expected: 0 or more and below 1); 0.2 takes a fifth");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Splits.of(dataset, 0.5, 0.5, 1))
                .withMessage("validation and test fractions: 0.5 + 0.5 (expected: a sum below 1);"
                        + " leave some samples for training");
    }

    @Test
    void nothingLeftToTrainWithIsAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Splits.of(TestData.valued(2, 1, 1), 0.4, 0.4, 1))
                .withMessage("valued: 2 samples, 1 for validation and 1 for test (expected: one or more left for"
                        + " training); lower the fractions or add samples");
    }
}
