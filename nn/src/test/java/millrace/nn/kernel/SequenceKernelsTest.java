package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Close;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.RecurrentKernels.Rows;
import millrace.nn.kernel.scalar.ScalarKernels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Norms, masked softmax and recurrent cells: the fast kernels against the reference, for random widths. */
class SequenceKernelsTest {
    private static final double TOLERANCE = 3e-6;

    static IntStream seeds() {
        return IntStream.range(0, 30);
    }

    /** What a call writes, for both kernels. */
    private interface Call {
        void on(Kernels kernels, List<MemorySegment> memory);
    }

    /** Calls both on copies of the same random memory, and compares all of it. */
    private static void compare(String what, Random random, Call call, int... sizes) {
        try (Arena arena = Arena.ofConfined()) {
            List<MemorySegment> reference = new ArrayList<>();
            List<MemorySegment> fast = new ArrayList<>();
            for (int size : sizes) {
                float[] values = RandomInput.floats(random, size, 2);
                reference.add(RandomInput.memory(arena, values));
                fast.add(RandomInput.memory(arena, values));
            }
            call.on(new ScalarKernels(), reference);
            call.on(Backend.fast().float32(), fast);
            for (int i = 0; i < sizes.length; i++) {
                float[] expected = reference.get(i).toArray(JAVA_FLOAT);
                Close.relative(what + ", memory " + i, fast.get(i).toArray(JAVA_FLOAT), expected, TOLERANCE);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void layerNorm(int seed) {
        Random random = new Random(seed);
        int rows = random.nextInt(5);
        int columns = 2 + random.nextInt(40);
        int all = rows * columns;
        String what = "seed " + seed + ", " + rows + " x " + columns;
        compare(
                what + " forward",
                random,
                (k, m) -> k.norms().layerNorm(m.get(0), m.get(1), m.get(2), m.get(3), m.get(4), rows, columns, 1e-5f),
                all,
                columns,
                columns,
                all,
                2 * rows);
        compare(
                what + " backward",
                random,
                (k, m) -> k.norms().layerNormBackward(m.get(0), m.get(1), m.get(2), m.get(3), m.get(4), rows, columns),
                all,
                columns,
                2 * rows,
                all,
                all);
        compare(
                what + " gradients",
                random,
                (k, m) -> k.norms().layerNormGradients(m.get(0), m.get(1), m.get(2), m.get(3), m.get(4), rows, columns),
                all,
                2 * rows,
                all,
                columns,
                columns);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void maskedSoftmax(int seed) {
        Random random = new Random(seed);
        int rows = 1 + random.nextInt(20);
        int first = 1 + random.nextInt(20);
        int more = random.nextInt(2);
        int columns = more * (rows - 1) + first + random.nextInt(10);
        String what = "seed " + seed + ", " + rows + " x " + columns + " from " + first + " by " + more;
        compare(
                what,
                random,
                (k, m) -> k.norms().maskedSoftmax(m.get(0), rows, columns, first, more, 0.7f),
                rows * columns);
        compare(
                what + " backward",
                random,
                (k, m) -> k.norms().maskedSoftmaxBackward(m.get(0), m.get(1), rows, columns, first, more, 0.7f),
                rows * columns,
                rows * columns);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void recurrentCells(int seed) {
        Random random = new Random(seed);
        int rows = random.nextInt(4);
        int hidden = 1 + random.nextInt(36);
        int all = rows * hidden;
        String what = "seed " + seed + ", " + rows + " x " + hidden;
        compare(
                what + " lstm",
                random,
                (k, m) -> k.recurrent().lstm(m.get(0), MemorySegment.NULL, m.get(1), m.get(2), m.get(3), rows, hidden),
                4 * all,
                all,
                all,
                all);
        compare(
                what + " lstm with a bias",
                random,
                (k, m) -> k.recurrent().lstm(m.get(0), m.get(1), m.get(2), m.get(3), m.get(4), rows, hidden),
                4 * all,
                4 * hidden,
                all,
                all,
                all);
        // as in a sequence of three positions, of which the second is meant
        Function<MemorySegment, Rows> second = memory -> new Rows(memory, hidden, 3L * hidden);
        compare(
                what + " lstm backward",
                random,
                (k, m) -> k.recurrent()
                        .lstmBackward(
                                m.get(0), m.get(1), m.get(2), m.get(3), second.apply(m.get(4)), m.get(5), rows, hidden),
                4 * all,
                all,
                all,
                all,
                3 * all + hidden,
                all);
        compare(
                what + " gru",
                random,
                (k, m) -> k.recurrent().gru(m.get(0), m.get(1), m.get(2), m.get(3), rows, hidden),
                3 * all,
                3 * all,
                all,
                all);
        compare(
                what + " gru backward",
                random,
                (k, m) -> k.recurrent().gruBackward(m.get(0), m.get(1), m.get(2), m.get(3), rows, hidden),
                3 * all,
                3 * all,
                all,
                all);
    }
}
