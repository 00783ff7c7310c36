package millrace.nn.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.nn.golden.RandomInput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Anchors the reference itself at values known from elsewhere; everything fast is compared with it. */
class ScalarKernelsTest {
    /** 0.5 * math.erfc(-x / sqrt(2)) of Python. */
    @ParameterizedTest
    @CsvSource({
        "-5, 2.8665157187919333e-07",
        "-1, 0.15865525393145705",
        "0, 0.5",
        "0.1, 0.539827837277029",
        "1, 0.8413447460685429",
        "2, 0.9772498680518208",
        "5, 0.9999997133484281",
        "9, 1",
        "-9, 0"
    })
    void normalDistribution(double x, double expected) {
        assertThat(ScalarKernels.normalDistribution(x)).isCloseTo(expected, within(1e-15));
    }

    @Test
    void multipliesMatricesInAllFourForms() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = RandomInput.memory(arena, 1, 2, 3, 4, 5, 6);
            MemorySegment b = RandomInput.memory(arena, 1, 0, 2, -1, 3, 1);

            // a as 2x3 or, stored the other way, as 3x2; b as 3x2 or 2x3
            assertThat(product(arena, false, false, a, 3, b, 2)).containsExactly(14, 1, 32, 1);
            assertThat(product(arena, false, true, a, 3, b, 3)).containsExactly(7, 8, 16, 17);
            assertThat(product(arena, true, false, a, 2, b, 2)).containsExactly(22, 2, 28, 2);
            assertThat(product(arena, true, true, a, 2, b, 3)).containsExactly(11, 13, 14, 16);
        }
    }

    private static float[] product(
            Arena arena,
            boolean transposeA,
            boolean transposeB,
            MemorySegment a,
            int strideA,
            MemorySegment b,
            int strideB) {
        MemorySegment c = RandomInput.memory(arena, 9, 9, 9, 9);
        new ScalarKernels().gemm(transposeA, transposeB, 2, 2, 3, a, strideA, b, strideB, false, c, 2);
        return c.toArray(JAVA_FLOAT);
    }
}
