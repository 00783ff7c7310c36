package millrace.actors.wire;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Tensors of any bits: also NaNs with payloads, -0, infinities and subnormal numbers. */
final class RandomTensor {
    private static final int[] TELLING = {
        0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc12345, 0x00000001, 0x807fffff
    };

    private RandomTensor() {}

    static Tensor of(Random random, ElementType type, Shape shape) {
        Tensor tensor = Tensor.zeros(Arena.ofAuto(), type, shape);
        fill(random, tensor);
        return tensor;
    }

    static void fill(Random random, Tensor tensor) {
        for (long i = 0; i < tensor.shape().size(); i++) {
            int bits = random.nextBoolean() ? random.nextInt() : TELLING[random.nextInt(TELLING.length)];
            switch (tensor.type()) {
                case F32, I32 -> tensor.memory().setAtIndex(ValueLayout.JAVA_INT, i, bits);
                case BF16 -> tensor.memory().setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (bits >>> 16));
            }
        }
    }

    static Shape shape(Random random) {
        int[] dimensions = new int[random.nextInt(5)];
        for (int i = 0; i < dimensions.length; i++) {
            dimensions[i] = random.nextInt(7);
        }
        return Shape.of(dimensions);
    }

    /** All bits of the elements: float comparison would take -0 for 0 and no NaN for itself. */
    static byte[] bits(Tensor tensor) {
        return tensor.memory().toArray(ValueLayout.JAVA_BYTE);
    }
}
