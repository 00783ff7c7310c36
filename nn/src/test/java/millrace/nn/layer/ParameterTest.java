package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.GatheringLinear;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Linear;
import millrace.nn.kernel.scalar.ScalarKernels;
import millrace.nn.layer.Layer.RandomKey;
import millrace.nn.layer.Operator.Pass;
import millrace.nn.random.Initializer;
import millrace.nn.random.RandomStream;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParameterTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    private Parameter parameter(int layer, Shape shape) {
        return new Parameter(
                arena, layer, 1, new ParameterSpec("weight", shape, Initializer.KAIMING_UNIFORM, 6, 5), 42);
    }

    @ParameterizedTest
    @CsvSource({"3, 255, 255", "3, 256, 272", "2, 512, 528", "3, 384, 384", "1, 256, 256", "10, 784, 784"})
    void rowsAtAPowerOfTwoDistanceArePadded(int rows, int columns, long stride) {
        Parameter parameter = parameter(0, Shape.of(rows, columns));

        assertThat(parameter.stride()).isEqualTo(stride);
        assertThat(parameter.elements()).isEqualTo(rows * stride);
    }

    @Test
    void everyValueHasANumberOfItsOwn() {
        Parameter parameter = parameter(0, Shape.of(3, 2));
        MemorySegment first = parameter.value();
        long number = parameter.weight().version();
        parameter.use(first);
        assertThat(parameter.weight().version()).isEqualTo(number);

        parameter.changed();
        assertThat(parameter.weight().version()).isEqualTo(number + 1);
        MemorySegment second = parameter.allocate(arena);
        parameter.use(second);
        assertThat(parameter.weight().memory().address()).isEqualTo(second.address());
        assertThat(parameter.weight().version()).isEqualTo(number + 2);
        parameter.use(first);
        assertThat(parameter.weight().version()).isEqualTo(number + 3);
    }

    @Test
    void whatWasPutOffIsDoneBeforeTheGradientIsRead() {
        Parameter parameter = parameter(0, Shape.of(1, 1));
        Linear.Sizes one = new Linear.Sizes(1, 1, 1);
        Kernels kernels = new ScalarKernels();
        Linear products = new GatheringLinear(kernels.linear(one), kernels, one, true);
        parameter.completeBy(products);
        assertThat(parameter.gatheredBytes()).isZero();
        MemorySegment five = arena.allocateFrom(JAVA_FLOAT, 5);
        products.backwardWeight(1, five, five, 1, false, parameter.gradientMemory());

        assertThat(parameter.gatheredBytes()).isEqualTo(2 * Float.BYTES);
        assertThat(parameter.gradientMemory().getAtIndex(JAVA_FLOAT, 0)).isZero();
        assertThat(parameter.gradient().getAtIndex(JAVA_FLOAT, 0)).isEqualTo(25);
        products.close();
    }

    @Test
    void vectorsAreOneRow() {
        Parameter parameter = parameter(0, Shape.of(512));

        assertThat(parameter.stride()).isEqualTo(512);
        assertThat(parameter.elements()).isEqualTo(512);
        assertThat(parameter.shape()).isEqualTo(Shape.of(512));
    }

    @Test
    void memoryIsAlignedAndPaddedToWholeVectors() {
        Parameter parameter = parameter(0, Shape.of(3, 7));

        assertThat(parameter.elements()).isEqualTo(21);
        for (MemorySegment memory :
                new MemorySegment[] {parameter.value(), parameter.gradient(), parameter.allocate(arena)}) {
            assertThat(memory.byteSize()).isEqualTo(32 * Float.BYTES);
            assertThat(memory.address() % Memory.ALIGNMENT).isZero();
        }
        assertThat(parameter.gradient().toArray(JAVA_FLOAT)).containsOnly(0f);
    }

    @Test
    void valuesAreDrawnRowByRowFromTheKeyOfSeedLayerAndIndex() {
        Parameter parameter = parameter(3, Shape.of(2, 256));
        RandomStream random = RandomStream.of(42, RandomStream.Purpose.INITIALISE, 3, 1);
        float[] value = parameter.value().toArray(JAVA_FLOAT);

        for (int i = 0; i < 2 * 272; i++) {
            float expected = i % 272 < 256 ? (float) Initializer.KAIMING_UNIFORM.draw(random, 6, 5) : 0;
            assertThat(value[i]).as("element %d", i).isEqualTo(expected);
        }
        assertThat(parameter.name()).isEqualTo("3.weight");
        assertThat(parameter(4, Shape.of(2, 256)).value().toArray(JAVA_FLOAT)).isNotEqualTo(value);
    }

    @Test
    void packAndUnpackLeaveThePaddingOut() {
        Parameter parameter = parameter(0, Shape.of(2, 256));
        float[] packed = RandomInput.floats(new Random(1), 512, 1);
        parameter.unpack(RandomInput.memory(arena, packed), parameter.gradient());
        MemorySegment back = RandomInput.memory(arena, new float[512]);
        parameter.pack(parameter.gradient(), back);

        assertThat(back.toArray(JAVA_FLOAT)).containsExactly(packed);
        assertThat(parameter.gradient().getAtIndex(JAVA_FLOAT, 272)).isEqualTo(packed[256]);
        assertPaddingZero(parameter.gradient());
    }

    @Test
    void aProductWithPaddedWeightsLeavesThePaddingZero() {
        Layer layer = Layers.dense(2);
        Shape sample = Shape.of(256);
        var parameters = GradientCheck.parameters(arena, layer, sample, 1);
        Operator operator = layer.operator(sample, parameters, Backend.fast().float32(), new RandomKey(1, 0));
        Random random = new Random(1);

        for (boolean accumulate : new boolean[] {false, true}) {
            operator.backwardWeight(
                    new Pass(0, true),
                    RandomInput.tensor(arena, random, Shape.of(3, 256)),
                    RandomInput.tensor(arena, random, Shape.of(3, 2)),
                    accumulate);
            assertPaddingZero(parameters.getFirst().gradient());
        }
    }

    private static void assertPaddingZero(MemorySegment memory) {
        assertThat(IntStream.range(0, 2 * 272)
                        .filter(i -> i % 272 >= 256)
                        .mapToObj(i -> memory.getAtIndex(JAVA_FLOAT, i)))
                .containsOnly(0f);
    }
}
