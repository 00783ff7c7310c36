package millrace.nn.kernel.vector;

import static java.nio.ByteOrder.nativeOrder;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.kernel.Bfloat16;

/** Numbers from float32 to bfloat16 and back, a vector at a time; {@link Bfloat16} has the same for one number. */
public final class VectorBfloat16 {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    // as many lanes in half the bits
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final int LOWER_BITS = 16;
    private static final int UPPER = 0xFFFF0000;
    private static final int BELOW_HALF = 0x7FFF;
    private static final int NAN = Float.floatToIntBits(Float.NaN);

    private VectorBfloat16() {}

    /**
     * Rounds float32 to the nearest numbers that bfloat16 has, which are float32 too. Whole vectors alone; returns how many
     * elements that are.
     */
    public static long round(MemorySegment from, long fromIndex, MemorySegment to, long toIndex, long elements) {
        long bound = FLOATS.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            IntVector rounded = rounded(Lanes.load(from, fromIndex + i)).and(UPPER);
            Lanes.store(to, toIndex + i, rounded.reinterpretAsFloats());
        }
        return bound;
    }

    /** The bits of the nearest numbers that bfloat16 has, ties to even, NaN of NaN, in the upper halves; below them anything. */
    private static IntVector rounded(FloatVector value) {
        IntVector bits = value.reinterpretAsInts();
        IntVector tie = bits.lanewise(VectorOperators.LSHR, LOWER_BITS).and(1);
        return bits.add(BELOW_HALF)
                .add(tie)
                .blend(NAN, value.test(VectorOperators.IS_NAN).cast(INTS));
    }

    /** The bits of the nearest numbers that bfloat16 has. */
    static void narrow(MemorySegment floats, MemorySegment bfloat16, long elements) {
        long bound = FLOATS.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            rounded(Lanes.load(floats, i))
                    .lanewise(VectorOperators.LSHR, LOWER_BITS)
                    .convertShape(VectorOperators.I2S, SHORTS, 0)
                    .reinterpretAsShorts()
                    .intoMemorySegment(bfloat16, i * Short.BYTES, nativeOrder());
        }
        for (long i = bound; i < elements; i++) {
            float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            bfloat16.setAtIndex(ValueLayout.JAVA_SHORT, i, Bfloat16.bits(value));
        }
    }

    /** The numbers that have these bits. */
    static void widen(MemorySegment bfloat16, MemorySegment floats, long elements) {
        long bound = FLOATS.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            IntVector bits = (IntVector) ShortVector.fromMemorySegment(SHORTS, bfloat16, i * Short.BYTES, nativeOrder())
                    .convertShape(VectorOperators.S2I, INTS, 0);
            Lanes.store(
                    floats, i, bits.lanewise(VectorOperators.LSHL, LOWER_BITS).reinterpretAsFloats());
        }
        for (long i = bound; i < elements; i++) {
            short bits = bfloat16.getAtIndex(ValueLayout.JAVA_SHORT, i);
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, Bfloat16.value(bits));
        }
    }
}
