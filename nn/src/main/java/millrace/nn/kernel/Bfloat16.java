package millrace.nn.kernel;

/** The number format: the upper half of a float32, with its exponents and 8 bits of mantissa. */
public final class Bfloat16 {
    private static final int LOWER_BITS = 16;
    private static final int BELOW_HALF = 0x7FFF;

    private Bfloat16() {}

    /** The bits of the nearest number that bfloat16 has, ties to even; NaN of NaN, an infinity beyond the largest. */
    public static short bits(float value) {
        // adding to a NaN's bits could make it an infinity or a zero
        int bits = Float.floatToIntBits(value);
        return (short)
                (Float.isNaN(value)
                        ? bits >>> LOWER_BITS
                        : (bits + BELOW_HALF + ((bits >>> LOWER_BITS) & 1)) >>> LOWER_BITS);
    }

    /** The number that has these bits. */
    public static float value(short bits) {
        return Float.intBitsToFloat(bits << LOWER_BITS);
    }
}
