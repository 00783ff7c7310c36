package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticSourcesTest {

    @Test
    void withoutNoiseThePointsLieOnTheLine() {
        Dataset line = new LinearSource(-3, 0.5, 0, 200, 1).generate();

        assertThat(line.inputs().shape()).isEqualTo(Shape.of(200, 1));
        assertThat(line.targets().shape()).isEqualTo(Shape.of(200, 1));
        for (int row = 0; row < 200; row++) {
            float x = line.inputs().getFloat(row);
            assertThat(x).isBetween(-1f, 1f);
            assertThat(line.targets().getFloat(row)).isEqualTo((float) (-3.0 * x + 0.5));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void leastSquaresFindLineAndNoise(long seed) {
        int n = 20_000;
        Dataset line = new LinearSource(2, 1, 0.1, n, seed).generate();
        double x = 0;
        double y = 0;
        double xx = 0;
        double xy = 0;
        double yy = 0;
        for (int row = 0; row < n; row++) {
            double a = line.inputs().getFloat(row);
            double b = line.targets().getFloat(row);
            x += a / n;
            y += b / n;
            xx += a * a / n;
            xy += a * b / n;
            yy += b * b / n;
        }
        double slope = (xy - x * y) / (xx - x * x);
        double rest = yy - y * y - slope * (xy - x * y);

        assertThat(slope).as("seed %d", seed).isCloseTo(2, within(0.01));
        assertThat(y - slope * x).as("seed %d", seed).isCloseTo(1, within(0.01));
        assertThat(Math.sqrt(rest)).as("seed %d", seed).isCloseTo(0.1, within(0.005));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void samplesOfAClassAreNoisyCopiesOfItsPrototype(long seed) {
        Dataset dataset = new RandomClassesSource(300, 400, 4, seed).generate();

        assertThat(dataset.inputs().shape()).isEqualTo(Shape.of(300, 400));
        assertThat(TestData.ints(dataset.targets())).as("seed %d", seed).contains(0, 1, 2, 3);
        for (int row = 1; row < 300; row++) {
            float furthest = 0;
            for (int column = 0; column < 400; column++) {
                float value = dataset.inputs().getFloat(row * 400L + column);
                assertThat(value).isBetween(0f, 0.6f);
                furthest = Math.max(furthest, Math.abs(value - dataset.inputs().getFloat(column)));
            }
            boolean sameClass =
                    dataset.targets().getInt(row) == dataset.targets().getInt(0);
            // noise alone moves a value by less than 0.3, another prototype by up to 0.6
            assertThat(furthest < 0.3f).as("row %d, seed %d", row, seed).isEqualTo(sameClass);
        }
    }

    @Test
    void seedsDiffer() {
        assertThat(new RandomClassesSource(10, 5, 2, 1).generate().inputs().toFloats())
                .isEqualTo(
                        new RandomClassesSource(10, 5, 2, 1).generate().inputs().toFloats())
                .isNotEqualTo(
                        new RandomClassesSource(10, 5, 2, 2).generate().inputs().toFloats());
    }

    @Test
    void wrongNumbersAreErrors() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LinearSource(1, 1, -1, 10, 1))
                .withMessage("noise: -1.0 (expected: 0 or more); 0 is an exact line");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LinearSource(Double.NaN, 1, 0, 10, 1))
                .withMessage("slope: NaN (expected: a finite number)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LinearSource(1, 1, 0, 0, 1))
                .withMessage("samples: 0 (expected: 1 or more); raise it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LinearSource(1, 1e39, 0, 10, 1).generate())
                .withMessageMatching("linear: target row 0, column 0: Infinity \\(expected: a finite number\\); .*");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RandomClassesSource(10, 10, 1, 1))
                .withMessage("classes: 1 (expected: 2 or more); raise it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RandomClassesSource(10, 0, 2, 1))
                .withMessage("features: 0 (expected: 1 or more); raise it");
    }
}
