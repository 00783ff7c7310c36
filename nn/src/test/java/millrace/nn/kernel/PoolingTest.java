package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import millrace.nn.backend.Backend;
import millrace.nn.tensor.Memory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolingTest {
    private static final int PLANES = 3;
    private static final float[] TIES = {0f, -0f, 1f, -1f, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY};

    /** Widths below, at and beside whole vectors, and odd ones, whose last column no window reaches. */
    @ParameterizedTest
    @ValueSource(ints = {2, 7, 16, 17, 18, 24, 31, 32, 45})
    void theVectorsFindWhatAPlainLoopFinds(int width) {
        int height = 5;
        Pooling pooling = Backend.vector().float32().pooling(height, width, new Window(2, 2, 0, 1));
        int places = pooling.places();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment x = Memory.allocate(arena, (long) PLANES * height * width);
            MemorySegment y = Memory.allocate(arena, (long) PLANES * places);
            MemorySegment at = Memory.allocate(arena, (long) PLANES * places);
            Random random = new Random(width);
            for (int i = 0; i < PLANES * height * width; i++) {
                float value = random.nextBoolean() ? TIES[random.nextInt(TIES.length)] : (float) random.nextGaussian();
                x.setAtIndex(JAVA_FLOAT, i, value);
            }

            pooling.largest(x, y, at, PLANES);

            for (int plane = 0; plane < PLANES; plane++) {
                for (int place = 0; place < places; place++) {
                    int first = 2 * (place / (width / 2)) * width + 2 * (place % (width / 2));
                    int expected = first;
                    float largest = x.getAtIndex(JAVA_FLOAT, plane * height * width + first);
                    for (int next : new int[] {first + 1, first + width, first + width + 1}) {
                        float value = x.getAtIndex(JAVA_FLOAT, plane * height * width + next);
                        if (value > largest || Float.isNaN(value)) {
                            expected = next;
                            largest = value;
                        }
                    }
                    String where = "seed " + width + ", plane " + plane + ", place " + place;
                    assertEquals(expected, at.getAtIndex(JAVA_INT, plane * places + place), where);
                    float found = y.getAtIndex(JAVA_FLOAT, plane * places + place);
                    assertEquals(Float.floatToRawIntBits(largest), Float.floatToRawIntBits(found), where);
                }
            }
        }
    }
}
