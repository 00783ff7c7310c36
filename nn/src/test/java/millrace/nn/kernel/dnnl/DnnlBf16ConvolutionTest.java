package millrace.nn.kernel.dnnl;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import millrace.nn.backend.Backend;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.Window;
import millrace.nn.tensor.Memory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions by the processor's own bfloat16 instructions, beside those of images that were rounded. */
class DnnlBf16ConvolutionTest {
    private final Arena arena = Arena.ofConfined();

    @BeforeEach
    void onlyWhereTheProcessorCan() {
        assumeTrue(
                Backend.fast().bfloat16() instanceof DnnlBf16Kernels,
                "this processor has no bfloat16 instructions: products are rounded in software");
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private MemorySegment random(long seed, long floats) {
        return RandomInput.memory(arena, RandomInput.floats(new Random(seed), Math.toIntExact(floats), 2));
    }

    private MemorySegment copy(MemorySegment memory) {
        return Memory.allocate(arena, memory.byteSize() / Float.BYTES).copyFrom(memory);
    }

    private MemorySegment zero(long floats) {
        return Memory.allocate(arena, floats);
    }

    private void assertNear(MemorySegment found, MemorySegment expected) {
        float[] numbers = expected.toArray(JAVA_FLOAT);
        for (int i = 0; i < numbers.length; i++) {
            assertThat(found.getAtIndex(JAVA_FLOAT, i))
                    .as("element %d of %d", i, numbers.length)
                    .isCloseTo(numbers[i], within(1e-4f * (1 + Math.abs(numbers[i]))));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 8, 1, 1", "4, 8, 2, 1", "16, 32, 1, 1", "3, 6, 1, 3"})
    void convolutionsAreThoseOfRoundedImages(int channels, int outputs, int stride, int groups) {
        int rows = 3;
        int filter = channels / groups * 9;
        Convolution.Sizes sizes =
                new Convolution.Sizes(channels, 9, 8, outputs, new Window(3, stride, 1, 1), groups, filter);
        MemorySegment x = random(1, rows * sizes.inputSize());
        MemorySegment dy = random(2, rows * sizes.outputSize());
        MemorySegment filters = random(3, (long) outputs * filter);
        MemorySegment bias = random(4, outputs);
        Convolution units = Backend.fast().bfloat16().convolution(sizes);
        Convolution software = Backend.scalar().bfloat16().convolution(sizes);

        MemorySegment y = zero(rows * sizes.outputSize());
        MemorySegment expectedY = copy(y);
        units.forward(rows, x, filters, bias, y);
        software.forward(rows, x, filters, bias, expectedY);
        assertNear(y, expectedY);

        MemorySegment dx = zero(rows * sizes.inputSize());
        MemorySegment expectedDx = copy(dx);
        units.backwardInput(rows, dy, filters, dx);
        software.backwardInput(rows, dy, filters, expectedDx);
        assertNear(dx, expectedDx);

        MemorySegment dw = random(5, (long) outputs * filter);
        MemorySegment expectedDw = copy(dw);
        units.backwardWeight(rows, x, dy, true, dw);
        software.backwardWeight(rows, x, dy, true, expectedDw);
        assertNear(dw, expectedDw);
        units.close();
    }
}
