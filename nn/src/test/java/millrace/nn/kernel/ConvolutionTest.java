package millrace.nn.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Close;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.scalar.ScalarKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The convolution that runs against the reference, for random sizes and several numbers of rows. */
class ConvolutionTest {
    private static final double TOLERANCE = 2e-6;

    static IntStream seeds() {
        return IntStream.range(0, 40);
    }

    private static Window.Edge edge(Random random) {
        return new Window.Edge(1 + random.nextInt(3), 1 + random.nextInt(2), random.nextInt(3), 1 + random.nextInt(2));
    }

    private static Convolution.Sizes sizes(Random random) {
        int groups = 1 + random.nextInt(2);
        Window window = new Window(edge(random), edge(random));
        int channels = groups * (1 + random.nextInt(9));
        int filter = channels / groups * window.area();
        int gap = random.nextBoolean() ? 16 : 0;
        return new Convolution.Sizes(
                channels,
                5 + random.nextInt(8),
                5 + random.nextInt(8),
                groups * (1 + random.nextInt(9)),
                window,
                groups,
                (long) filter + gap);
    }

    /** Filters with zeros in the gaps between them. */
    private static MemorySegment filters(Arena arena, Random random, Convolution.Sizes sizes) {
        int filter = sizes.channels() / sizes.groups() * sizes.window().area();
        float[] values = new float[Math.toIntExact(sizes.outputs() * sizes.filterStride())];
        for (int o = 0; o < sizes.outputs(); o++) {
            System.arraycopy(
                    RandomInput.floats(random, filter, 1), 0, values, (int) (o * sizes.filterStride()), filter);
        }
        return RandomInput.memory(arena, values);
    }

    private static float[] floats(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_FLOAT);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void fastEqualsReference(int seed) {
        Random random = new Random(seed);
        Convolution.Sizes sizes = sizes(random);
        Convolution reference = new ScalarKernels().convolution(sizes);
        Convolution fast = Backend.fast().float32().convolution(sizes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment filters = filters(arena, random, sizes);
            MemorySegment bias = RandomInput.memory(arena, RandomInput.floats(random, sizes.outputs(), 1));
            for (int rows : new int[] {3, 1, 3, 0}) {
                String what = "seed " + seed + ", " + rows + " rows of " + sizes;
                int in = Math.toIntExact(rows * sizes.inputSize());
                int out = Math.toIntExact(rows * sizes.outputSize());
                MemorySegment x = RandomInput.memory(arena, RandomInput.floats(random, in, 1));
                MemorySegment dy = RandomInput.memory(arena, RandomInput.floats(random, out, 1));
                MemorySegment[] y = {
                    RandomInput.memory(arena, new float[out]), RandomInput.memory(arena, new float[out])
                };
                MemorySegment[] dx = {RandomInput.memory(arena, new float[in]), RandomInput.memory(arena, new float[in])
                };
                MemorySegment[] dw = {filters(arena, new Random(1), sizes), filters(arena, new Random(1), sizes)};
                Convolution[] both = {reference, fast};
                for (int i = 0; i < 2; i++) {
                    both[i].forward(rows, x, filters, seed % 2 == 0 ? bias : null, y[i]);
                    both[i].backwardInput(rows, dy, filters, dx[i]);
                    both[i].backwardWeight(rows, x, dy, false, dw[i]);
                    both[i].backwardWeight(rows, x, dy, true, dw[i]);
                }

                Close.relative(what + ": output", floats(y[1]), floats(y[0]), TOLERANCE);
                Close.relative(what + ": input gradient", floats(dx[1]), floats(dx[0]), TOLERANCE);
                Close.relative(what + ": filter gradient", floats(dw[1]), floats(dw[0]), TOLERANCE);
            }
        } finally {
            fast.close();
        }
    }

    @Test
    void placesAreThoseOfPyTorch() {
        assertThat(new Window.Edge(3, 1, 0, 1).places(28)).isEqualTo(26);
        assertThat(new Window.Edge(3, 2, 1, 1).places(28)).isEqualTo(14);
        assertThat(new Window.Edge(2, 2, 0, 1).places(7)).isEqualTo(3);
        assertThat(new Window.Edge(3, 1, 2, 2).places(7)).isEqualTo(7);
    }

    @Test
    void aWindowLargerThanTheImageIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Window.Edge(5, 1, 0, 2).places(8))
                .withMessage("window of 9 on an image of 8 with padding 0 (expected: at most as large);"
                        + " lower size or dilation, or raise padding");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Window(0, 1, 0, 1))
                .withMessageStartingWith("window: size 0");
    }
}
