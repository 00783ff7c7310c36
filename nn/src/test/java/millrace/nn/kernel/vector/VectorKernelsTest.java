package millrace.nn.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Close;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels that run against the reference; memory is of exact size, so a step beyond it throws. */
class VectorKernelsTest {
    private static final Kernels SCALAR = new ScalarKernels();
    private static final Kernels FAST = Backend.fast().float32();
    private static final Activation[] ACTIVATIONS = {
        Activation.RELU,
        Activation.leakyRelu(0.01f),
        Activation.SIGMOID,
        Activation.TANH,
        Activation.GELU,
        Activation.SILU,
        Activation.elu(0.7f)
    };

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    /** Rows and columns around the usual vector lengths, and those without any element. */
    static Stream<Arguments> shapes() {
        int[] rows = {0, 1, 2, 5};
        int[] columns = {0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 100};
        return IntStream.of(rows)
                .boxed()
                .flatMap(r -> IntStream.of(columns).mapToObj(c -> Arguments.of(r, c, 31 * r + c)));
    }

    @ParameterizedTest(name = "{0}x{1}, seed {2}")
    @MethodSource("shapes")
    void addBias(int rows, int columns, int seed) {
        Random random = new Random(seed);
        float[] y = RandomInput.floats(random, rows * columns, 2);
        MemorySegment bias = memory(random, columns, 2);
        MemorySegment expected = RandomInput.memory(arena, y);
        MemorySegment actual = RandomInput.memory(arena, y);

        SCALAR.addBias(expected, rows, columns, bias);
        FAST.addBias(actual, rows, columns, bias);

        assertThat(floats(actual)).containsExactly(floats(expected));
    }

    /** All bits, those of infinities, subnormal numbers and of NaNs of any kind among them. */
    @ParameterizedTest(name = "{0}x{1}, seed {2}")
    @MethodSource("shapes")
    void bfloat16(int rows, int columns, int seed) {
        Random random = new Random(seed);
        int elements = rows * columns;
        MemorySegment x = memory(random, elements, 2);
        for (int i = 0; i < elements; i++) {
            int bits = random.nextInt();
            x.setAtIndex(JAVA_INT, i, i % 5 == 0 ? bits | 0x7F800000 : i % 5 == 1 ? bits & 0x807FFFFF : bits);
        }
        MemorySegment expected = arena.allocate(JAVA_SHORT, elements);
        MemorySegment actual = arena.allocate(JAVA_SHORT, elements);
        MemorySegment back = arena.allocate(JAVA_INT, elements);

        SCALAR.toBfloat16(x, expected, elements);
        FAST.toBfloat16(x, actual, elements);
        FAST.fromBfloat16(actual, back, elements);

        assertThat(actual.toArray(JAVA_SHORT)).containsExactly(expected.toArray(JAVA_SHORT));
        for (int i = 0; i < elements; i++) {
            assertThat(back.getAtIndex(JAVA_INT, i)).isEqualTo(actual.getAtIndex(JAVA_SHORT, i) << 16);
        }
    }

    /** Exactly equal, because the order of the sum is part of the contract: rows ascending. */
    @ParameterizedTest(name = "{0}x{1}, seed {2}")
    @MethodSource("shapes")
    void columnSums(int rows, int columns, int seed) {
        Random random = new Random(seed);
        MemorySegment x = memory(random, rows * columns, 2);
        float[] before = RandomInput.floats(random, columns, 2);
        for (boolean accumulate : new boolean[] {false, true}) {
            MemorySegment expected = RandomInput.memory(arena, before);
            MemorySegment actual = RandomInput.memory(arena, before);

            SCALAR.columnSums(x, rows, columns, accumulate, expected);
            FAST.columnSums(x, rows, columns, accumulate, actual);

            assertThat(floats(actual)).as("accumulate %s", accumulate).containsExactly(floats(expected));
        }
    }

    @ParameterizedTest(name = "{0}x{1}, seed {2}")
    @MethodSource("shapes")
    void activate(int rows, int columns, int seed) {
        int n = rows * columns;
        float[] x = RandomInput.floats(new Random(seed), n, 6);
        for (Activation f : ACTIVATIONS) {
            MemorySegment expected = RandomInput.memory(arena, new float[n]);
            MemorySegment actual = RandomInput.memory(arena, new float[n]);
            MemorySegment inPlace = RandomInput.memory(arena, x);

            SCALAR.activate(f, RandomInput.memory(arena, x), expected, n);
            FAST.activate(f, RandomInput.memory(arena, x), actual, n);
            FAST.activate(f, inPlace, inPlace, n);

            // GELU multiplies the distribution's error of 3e-7 by x
            Close.absolute(f.toString(), floats(actual), floats(expected), 2e-6);
            assertThat(floats(inPlace)).as("%s in place", f).containsExactly(floats(actual));
        }
    }

    @ParameterizedTest(name = "{0}x{1}, seed {2}")
    @MethodSource("shapes")
    void activateBackward(int rows, int columns, int seed) {
        int n = rows * columns;
        Random random = new Random(seed);
        float[] dy = RandomInput.floats(random, n, 2);
        for (Activation f : ACTIVATIONS) {
            MemorySegment saved = memory(random, n, 6);
            if (!f.kind().savesInput()) {
                SCALAR.activate(f, saved, saved, n);
            }
            MemorySegment expected = RandomInput.memory(arena, new float[n]);
            MemorySegment actual = RandomInput.memory(arena, new float[n]);
            MemorySegment inPlace = RandomInput.memory(arena, dy);

            SCALAR.activateBackward(f, saved, RandomInput.memory(arena, dy), expected, n);
            FAST.activateBackward(f, saved, RandomInput.memory(arena, dy), actual, n);
            FAST.activateBackward(f, saved, inPlace, inPlace, n);

            Close.absolute(f.toString(), floats(actual), floats(expected), 1e-6);
            assertThat(floats(inPlace)).as("%s in place", f).containsExactly(floats(actual));
        }
    }

    @ParameterizedTest(name = "{0}x{1}, seed {2}")
    @MethodSource("shapes")
    void softmax(int rows, int columns, int seed) {
        int n = rows * columns;
        float[] x = RandomInput.floats(new Random(seed), n, 20);
        MemorySegment expected = RandomInput.memory(arena, new float[n]);
        MemorySegment actual = RandomInput.memory(arena, new float[n]);
        MemorySegment inPlace = RandomInput.memory(arena, x);

        SCALAR.softmax(RandomInput.memory(arena, x), expected, rows, columns);
        FAST.softmax(RandomInput.memory(arena, x), actual, rows, columns);
        FAST.softmax(inPlace, inPlace, rows, columns);

        Close.absolute("softmax", floats(actual), floats(expected), 5e-7);
        assertThat(floats(inPlace)).containsExactly(floats(actual));
    }

    @ParameterizedTest(name = "{0}x{1}, seed {2}")
    @MethodSource("shapes")
    void softmaxBackward(int rows, int columns, int seed) {
        int n = rows * columns;
        Random random = new Random(seed);
        MemorySegment y = memory(random, n, 3);
        SCALAR.softmax(y, y, rows, columns);
        float[] dy = RandomInput.floats(random, n, 2);
        MemorySegment expected = RandomInput.memory(arena, new float[n]);
        MemorySegment actual = RandomInput.memory(arena, new float[n]);
        MemorySegment inPlace = RandomInput.memory(arena, dy);

        SCALAR.softmaxBackward(y, RandomInput.memory(arena, dy), expected, rows, columns);
        FAST.softmaxBackward(y, RandomInput.memory(arena, dy), actual, rows, columns);
        FAST.softmaxBackward(y, inPlace, inPlace, rows, columns);

        Close.absolute("softmax backward", floats(actual), floats(expected), 5e-7);
        assertThat(floats(inPlace)).containsExactly(floats(actual));
    }

    private MemorySegment memory(Random random, int elements, float limit) {
        return RandomInput.memory(arena, RandomInput.floats(random, elements, limit));
    }

    private static float[] floats(MemorySegment memory) {
        return memory.toArray(JAVA_FLOAT);
    }
}
