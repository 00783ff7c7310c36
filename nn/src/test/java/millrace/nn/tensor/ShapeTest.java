package millrace.nn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void printsSizesWithACrossBetween() {
        assertThat(Shape.of(64, 784)).hasToString("64x784");
        assertThat(Shape.of(7)).hasToString("7");
        assertThat(Shape.of()).hasToString("scalar");
    }

    @Test
    void sizeIsTheProductOfDimensions() {
        assertThat(Shape.of(2, 3, 4).size()).isEqualTo(24);
        assertThat(Shape.of(5, 0).size()).isZero();
        assertThat(Shape.of().size()).isEqualTo(1);
    }

    @Test
    void sizeCountsBeyondTheRangeOfAnInt() {
        assertThat(Shape.of(100_000, 100_000).size()).isEqualTo(10_000_000_000L);
    }

    @Test
    void batchedPutsTheRowsInFrontAndSampleTakesThemAway() {
        Shape sample = Shape.of(28, 14);

        assertThat(sample.batched(64)).isEqualTo(Shape.of(64, 28, 14));
        assertThat(sample.batched(64).sample()).isEqualTo(sample);
        assertThat(Shape.of().batched(3)).isEqualTo(Shape.of(3));
        assertThat(Shape.of(3).sample()).isEqualTo(Shape.of());
    }

    @Test
    void equalsByValue() {
        assertThat(Shape.of(2, 3)).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
        assertThat(Shape.of(2, 3)).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(2, 3, 1));
        assertThat(Shape.of(6)).isNotEqualTo("6");
    }

    @Test
    void staysAsItWasWhenArraysAroundItChange() {
        int[] given = {2, 3};
        Shape shape = Shape.of(given);
        given[0] = 9;
        shape.dimensions()[1] = 9;

        assertThat(shape).isEqualTo(Shape.of(2, 3));
    }

    @Test
    void tellsRankAndDimensions() {
        Shape shape = Shape.of(4, 5, 6);

        assertThat(shape.rank()).isEqualTo(3);
        assertThat(shape.dimension(2)).isEqualTo(6);
        assertThat(shape.dimensions()).containsExactly(4, 5, 6);
    }

    @Test
    void refusesANegativeSize() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Shape.of(4, -1))
                .withMessage("shape: [4, -1] (expected: sizes of 0 or more)");
    }
}
