package millrace.nn.kernel.bf16;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.nativeOrder;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.kernel.Bfloat16;
import millrace.nn.kernel.vector.VectorApi;

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
        for (long i = HAS_VECTORS ? Vectors.round(from, fromIndex, to, toIndex, elements) : 0; i < elements; i++) {
            to.setAtIndex(JAVA_FLOAT, toIndex + i, round(from.getAtIndex(JAVA_FLOAT, fromIndex + i)));
        }
    }

    /** The same by the Vector API, a class of its own because there may be none. */
    private static final class Vectors {
        private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
        private static final int LANES = SPECIES.length();
        private static final int LOWER_BITS = 16;
        private static final int UPPER = 0xFFFF0000;
        private static final int BELOW_HALF = 0x7FFF;

        /** Rounds whole vectors; returns how many elements that are. */
        static long round(MemorySegment from, long fromIndex, MemorySegment to, long toIndex, long elements) {
            long i = 0;
            for (; i <= elements - LANES; i += LANES) {
                FloatVector value =
                        FloatVector.fromMemorySegment(SPECIES, from, (fromIndex + i) * Float.BYTES, nativeOrder());
                round(value).intoMemorySegment(to, (toIndex + i) * Float.BYTES, nativeOrder());
            }
            return i;
        }

        private static FloatVector round(FloatVector value) {
            IntVector bits = value.reinterpretAsInts();
            IntVector tie = bits.lanewise(VectorOperators.LSHR, LOWER_BITS).and(1);
            FloatVector rounded = bits.add(BELOW_HALF).add(tie).and(UPPER).reinterpretAsFloats();
            return rounded.blend(Float.NaN, value.test(VectorOperators.IS_NAN));
        }
    }
}
