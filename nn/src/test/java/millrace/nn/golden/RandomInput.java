package millrace.nn.golden;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Seeded test input, drawn by the JDK's generator so that it does not rest on the one under test. */
public final class RandomInput {
    private RandomInput() {}

    /** {@code elements} values, uniform in [-limit, limit). */
    public static float[] floats(Random random, int elements, float limit) {
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = (2 * random.nextFloat() - 1) * limit;
        }
        return values;
    }

    /** Values whose magnitudes lie in [least, least + 2): away from the kink that some functions have at 0. */
    public static float[] awayFromZero(Random random, int elements, float least) {
        float[] values = floats(random, elements, 2);
        for (int i = 0; i < elements; i++) {
            values[i] += Math.copySign(least, values[i]);
        }
        return values;
    }

    /** Uniform in [-2, 2). */
    public static Tensor tensor(Arena arena, Random random, Shape shape) {
        return Tensor.of(arena, shape, floats(random, Math.toIntExact(shape.size()), 2));
    }

    /** The values in memory of exactly their size, so that a read or write beyond them throws. */
    public static MemorySegment memory(Arena arena, float... values) {
        MemorySegment memory = Memory.allocate(arena, values.length);
        MemorySegment.copy(values, 0, memory, JAVA_FLOAT, 0, values.length);
        return memory;
    }
}
