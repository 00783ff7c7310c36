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

/** Numbers from float32 to bfloat16 and back, a vector at a time. */
final class VectorBfloat16 {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    // as many lanes in half the bits
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final int LOWER_BITS = 16;
    private static final int BELOW_HALF = 0x7FFF;
    private static final int NAN = Float.floatToIntBits(Float.NaN);

    private VectorBfloat16() {}

    static void round(MemorySegment floats, MemorySegment bfloat16, long elements) {
        long bound = FLOATS.loopBound(elements);
        for (long i = 0; i < bound; i += LANES) {
            FloatVector value = Lanes.load(floats, i);
            IntVector bits = value.reinterpretAsInts();
            IntVector tie = bits.lanewise(VectorOperators.LSHR, LOWER_BITS).and(1);
            IntVector rounded = bits.add(BELOW_HALF)
                    .add(tie)
                    .blend(NAN, value.test(VectorOperators.IS_NAN).cast(INTS))
                    .lanewise(VectorOperators.LSHR, LOWER_BITS);
            rounded.convertShape(VectorOperators.I2S, SHORTS, 0)
                    .reinterpretAsShorts()
                    .intoMemorySegment(bfloat16, i * Short.BYTES, nativeOrder());
        }
        for (long i = bound; i < elements; i++) {
            float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            bfloat16.setAtIndex(ValueLayout.JAVA_SHORT, i, Bfloat16.bits(value));
        }
    }

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
