package millrace.nn.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.nativeOrder;
import static millrace.nn.kernel.vector.Lanes.load;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.tensor.Memory;

/** Matrix product by the Vector API: the fallback where oneDNN has no library. Rows of c as sums of rows of b. */
final class VectorGemm {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorGemm() {}

    static void gemm(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            MemorySegment a,
            long strideA,
            MemorySegment b,
            long strideB,
            boolean accumulate,
            MemorySegment c,
            long strideC) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = transposeB ? transposed(arena, n, k, b, strideB) : b;
            long stride = transposeB ? n : strideB;
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j += LANES) {
                    VectorMask<Float> mask = SPECIES.indexInRange(j, n);
                    FloatVector sum = accumulate ? load(c, i * strideC + j, mask) : FloatVector.zero(SPECIES);
                    for (int l = 0; l < k; l++) {
                        float factor = a.getAtIndex(JAVA_FLOAT, transposeA ? l * strideA + i : i * strideA + l);
                        sum = load(rows, l * stride + j, mask).fma(FloatVector.broadcast(SPECIES, factor), sum);
                    }
                    sum.intoMemorySegment(c, (i * strideC + j) * Float.BYTES, nativeOrder(), mask);
                }
            }
        }
    }

    private static MemorySegment transposed(Arena arena, int n, int k, MemorySegment b, long stride) {
        MemorySegment result = Memory.allocate(arena, (long) n * k);
        for (int j = 0; j < n; j++) {
            for (int l = 0; l < k; l++) {
                result.setAtIndex(JAVA_FLOAT, (long) l * n + j, b.getAtIndex(JAVA_FLOAT, j * stride + l));
            }
        }
        return result;
    }
}
