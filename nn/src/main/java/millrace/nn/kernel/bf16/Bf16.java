package millrace.nn.kernel.bf16;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Bfloat16;
import millrace.nn.kernel.vector.VectorApi;
import millrace.nn.kernel.vector.VectorBfloat16;

/** Rounds float32 to the nearest number that bfloat16 has, ties to even: 8 bits of mantissa, the exponents of float32. */
public final class Bf16 {
    private static final boolean HAS_VECTORS = VectorApi.isPresent();

    private Bf16() {}

    /** The nearest number that bfloat16 has; NaN of NaN. */
    public static float round(float value) {
        return Bfloat16.value(Bfloat16.bits(value));
    }

    /** Rounds so many elements from one memory to another, which may be the same. */
    public static void round(MemorySegment from, long fromIndex, MemorySegment to, long toIndex, long elements) {
        long byVectors = HAS_VECTORS ? VectorBfloat16.round(from, fromIndex, to, toIndex, elements) : 0;
        for (long i = byVectors; i < elements; i++) {
            to.setAtIndex(JAVA_FLOAT, toIndex + i, round(from.getAtIndex(JAVA_FLOAT, fromIndex + i)));
        }
    }
}
