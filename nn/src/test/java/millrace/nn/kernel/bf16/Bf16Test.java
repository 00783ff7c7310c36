package millrace.nn.kernel.bf16;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Window;
import millrace.nn.kernel.scalar.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rounding to bfloat16, and products of what was rounded. */
class Bf16Test {
    private static final Kernels SCALAR = new ScalarKernels();
    private static final Kernels BF16 = new Bf16Kernels(SCALAR);

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    /** What torch.tensor(x).bfloat16().float() gives. */
    @ParameterizedTest
    @CsvSource({
        "1.0, 1.0",
        "1.00390625, 1.0",
        "1.01171875, 1.015625",
        "0.1, 0.10009765625",
        "-2.7182817, -2.71875",
        "3.3895314e38, 3.3895313892515355e38",
        "3.4028235e38, Infinity",
        "1e-40, 9.183549615799121e-41",
        "-0.0, -0.0",
        "-Infinity, -Infinity",
        "NaN, NaN"
    })
    void rounding(float value, float expected) {
        assertThat(Float.floatToIntBits(Bf16.round(value))).isEqualTo(Float.floatToIntBits(expected));

        // every lane of the vectors, and what is left beside them
        MemorySegment from = arena.allocate(JAVA_FLOAT, 19);
        MemorySegment to = arena.allocate(JAVA_FLOAT, 19);
        for (int i = 0; i < 19; i++) {
            from.setAtIndex(JAVA_FLOAT, i, value);
        }
        Bf16.round(from, 0, to, 0, 19);
        for (float found : to.toArray(JAVA_FLOAT)) {
            assertThat(Float.floatToIntBits(found)).isEqualTo(Float.floatToIntBits(expected));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyBitPatternIsRoundedAsTheScalarOne(long seed) {
        Random random = new Random(seed);
        MemorySegment from = arena.allocate(JAVA_FLOAT, 10_003);
        MemorySegment to = arena.allocate(JAVA_FLOAT, 10_003);
        for (int i = 0; i < 10_003; i++) {
            from.setAtIndex(JAVA_FLOAT, i, Float.intBitsToFloat(random.nextInt()));
        }

        Bf16.round(from, 0, to, 0, 10_003);

        for (int i = 0; i < 10_003; i++) {
            float value = from.getAtIndex(JAVA_FLOAT, i);
            assertThat(Float.floatToIntBits(to.getAtIndex(JAVA_FLOAT, i)))
                    .as("seed %d, %s", seed, value)
                    .isEqualTo(Float.floatToIntBits(Bf16.round(value)));
        }
    }

    private MemorySegment random(long seed, int floats) {
        return RandomInput.memory(arena, RandomInput.floats(new Random(seed), floats, 2));
    }

    private MemorySegment rounded(MemorySegment memory) {
        MemorySegment copy = arena.allocate(memory.byteSize(), 64);
        Bf16.round(memory, 0, copy, 0, memory.byteSize() / Float.BYTES);
        return copy;
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void productsAreThoseOfRoundedMatrices(boolean transposeA, boolean transposeB) {
        int m = 5;
        int n = 18;
        int k = 33;
        int strideA = (transposeA ? m : k) + 3;
        int strideB = (transposeB ? k : n) + 2;
        MemorySegment a = random(1, strideA * (transposeA ? k : m));
        MemorySegment b = random(2, strideB * (transposeB ? n : k));
        MemorySegment expected = random(3, m * n);
        MemorySegment found = random(3, m * n);

        SCALAR.gemm(transposeA, transposeB, m, n, k, rounded(a), strideA, rounded(b), strideB, true, expected, n);
        BF16.gemm(transposeA, transposeB, m, n, k, a, strideA, b, strideB, true, found, n);

        assertThat(found.toArray(JAVA_FLOAT)).isEqualTo(expected.toArray(JAVA_FLOAT));
    }

    @Test
    void convolutionsAreThoseOfRoundedImages() {
        Convolution.Sizes sizes = new Convolution.Sizes(2, 5, 6, 4, new Window(3, 2, 1, 1), 2, 9);
        int rows = 3;
        MemorySegment x = random(1, (int) (rows * sizes.inputSize()));
        MemorySegment dy = random(2, (int) (rows * sizes.outputSize()));
        MemorySegment filters = random(3, 4 * 9);
        MemorySegment bias = random(4, 4);
        Convolution plain = SCALAR.convolution(sizes);
        Convolution bf16 = BF16.convolution(sizes);

        MemorySegment y = arena.allocate(dy.byteSize());
        MemorySegment expectedY = arena.allocate(dy.byteSize());
        plain.forward(rows, rounded(x), rounded(filters), bias, expectedY);
        bf16.forward(rows, x, filters, bias, y);
        assertThat(y.toArray(JAVA_FLOAT)).isEqualTo(expectedY.toArray(JAVA_FLOAT));

        MemorySegment dx = arena.allocate(x.byteSize());
        MemorySegment expectedDx = arena.allocate(x.byteSize());
        plain.backwardInput(rows, rounded(dy), rounded(filters), expectedDx);
        bf16.backwardInput(rows, dy, filters, dx);
        assertThat(dx.toArray(JAVA_FLOAT)).isEqualTo(expectedDx.toArray(JAVA_FLOAT));

        MemorySegment dw = random(5, 4 * 9);
        MemorySegment expectedDw = random(5, 4 * 9);
        plain.backwardWeight(rows, rounded(x), rounded(dy), true, expectedDw);
        bf16.backwardWeight(rows, x, dy, true, dw);
        assertThat(dw.toArray(JAVA_FLOAT)).isEqualTo(expectedDw.toArray(JAVA_FLOAT));
    }
}
