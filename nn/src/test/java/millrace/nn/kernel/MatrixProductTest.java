package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Close;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.scalar.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MatrixProductTest {
    private static final int[] SIZES = {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100};

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    /** oneDNN, and the fallback for machines without its library. */
    static Stream<Named<Kernels>> fastKernels() {
        return Stream.of(
                Named.of("oneDNN", Backend.fast().float32()),
                Named.of("Vector API", Backend.vector().float32()),
                Named.of("oneDNN beside plain loops", Backend.plain().float32()));
    }

    static Stream<Arguments> seeds() {
        return fastKernels().flatMap(kernels -> IntStream.range(0, 40).mapToObj(seed -> Arguments.of(kernels, seed)));
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("seeds")
    void equalsTheReferenceForRandomSizesAndStrides(Kernels kernels, int seed) {
        Random random = new Random(seed);
        int m = SIZES[random.nextInt(SIZES.length)];
        int n = SIZES[random.nextInt(SIZES.length)];
        int k = SIZES[random.nextInt(SIZES.length)];
        for (int variant = 0; variant < 8; variant++) {
            compare(kernels, random, m, n, k, (variant & 1) != 0, (variant & 2) != 0, (variant & 4) != 0);
        }
    }

    private void compare(
            Kernels kernels,
            Random random,
            int m,
            int n,
            int k,
            boolean transposeA,
            boolean transposeB,
            boolean accumulate) {
        int strideA = Math.max(1, transposeA ? m : k) + random.nextInt(5);
        int strideB = Math.max(1, transposeB ? k : n) + random.nextInt(5);
        int strideC = Math.max(1, n) + random.nextInt(5);
        MemorySegment a = matrix(random, transposeA ? k : m, transposeA ? m : k, strideA);
        MemorySegment b = matrix(random, transposeB ? n : k, transposeB ? k : n, strideB);
        // what stands in c and is not asked for must not come in, not even as 0 * NaN
        float[] before = new float[m * strideC];
        for (int i = 0; i < before.length; i++) {
            before[i] = accumulate ? random.nextFloat() : Float.NaN;
        }
        MemorySegment expected = RandomInput.memory(arena, before);
        MemorySegment actual = RandomInput.memory(arena, before);

        new ScalarKernels()
                .gemm(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, expected, strideC);
        kernels.gemm(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, actual, strideC);

        String what = "m %d, n %d, k %d, transposed %s %s, accumulate %s, strides %d %d %d"
                .formatted(m, n, k, transposeA, transposeB, accumulate, strideA, strideB, strideC);
        // products below 1, summed: the rounding errors of k sums of size sqrt(k)
        Close.absolute(what, floats(actual), floats(expected), 1e-7 * (k + 5));
        for (int i = 0; i < before.length; i++) {
            if (i % strideC >= n) {
                float gap = actual.getAtIndex(JAVA_FLOAT, i);
                assertThat(Float.compare(gap, before[i]))
                        .as("%s: %s at %d, a gap", what, gap, i)
                        .isZero();
            }
        }
    }

    /** A random matrix whose gaps between rows hold NaN, which nobody may read. */
    private MemorySegment matrix(Random random, int rows, int columns, int stride) {
        float[] values = RandomInput.floats(random, rows * stride, 1);
        for (int i = 0; i < values.length; i++) {
            if (i % stride >= columns) {
                values[i] = Float.NaN;
            }
        }
        return RandomInput.memory(arena, values);
    }

    @ParameterizedTest
    @MethodSource("fastKernels")
    void anInnerSizeOfZeroClearsOrKeeps(Kernels kernels) {
        MemorySegment empty = RandomInput.memory(arena);
        MemorySegment c = RandomInput.memory(arena, 1, 2, 3, 4, 5, 6);

        kernels.gemm(false, false, 2, 2, 0, empty, 1, empty, 2, true, c, 3);
        assertThat(floats(c)).containsExactly(1, 2, 3, 4, 5, 6);

        kernels.gemm(false, false, 2, 2, 0, empty, 1, empty, 2, false, c, 3);
        assertThat(floats(c)).containsExactly(0, 0, 3, 0, 0, 6);
    }

    @ParameterizedTest
    @MethodSource("fastKernels")
    void smallIntegersMultiplyExactly(Kernels kernels) {
        MemorySegment a = RandomInput.memory(arena, 1, 2, 3, 4, 5, 6);
        MemorySegment b = RandomInput.memory(arena, 7, 8, 9, 10, 11, 12);
        MemorySegment c = RandomInput.memory(arena, 0, 0, 0, 0);

        kernels.gemm(false, false, 2, 2, 3, a, 3, b, 2, false, c, 2);
        assertThat(floats(c)).containsExactly(58, 64, 139, 154);

        kernels.gemm(false, true, 2, 2, 3, a, 3, b, 3, true, c, 2);
        assertThat(floats(c)).containsExactly(108, 132, 261, 321);
    }

    /** The fallback would be correct and several times slower: nobody would notice a missing library. */
    @Test
    void oneDnnIsThereOnThePlatformsThatWeBuildFor() {
        assertThat(Backend.fast()).hasToString("onednn");
        assertThat(Backend.fast().float32().toString()).startsWith("oneDNN, ");
        assertThat(Backend.vector().float32().toString()).startsWith("Vector API, ");
    }

    @Test
    void oneDnnRefusesAStrideBelowTheColumns() {
        MemorySegment c = RandomInput.memory(arena, new float[100]);

        assertThatIllegalStateException()
                .isThrownBy(() -> Backend.fast().float32().gemm(false, false, 4, 5, 3, c, 3, c, 2, false, c, 5))
                .withMessageMatching("dnnl_sgemm: status [1-9]\\d* \\(expected: 0\\) for m=4 n=5 k=3 strides 3, 2, 5");
    }

    private static float[] floats(MemorySegment memory) {
        return memory.toArray(JAVA_FLOAT);
    }
}
