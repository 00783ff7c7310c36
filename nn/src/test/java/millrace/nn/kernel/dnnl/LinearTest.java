package millrace.nn.kernel.dnnl;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.choice.Choice;
import millrace.nn.choice.Choice.Form;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Linear;
import millrace.nn.kernel.bf16.Bf16;
import millrace.nn.tensor.Memory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The products of weight matrices, beside sums in double precision. */
class LinearTest {
    private final Arena arena = Arena.ofConfined();

    /** Who makes them. */
    enum Products {
        FLOAT32,
        FLOAT32_WITH_A_COPY,
        FLOAT32_WITH_TWO_COPIES,
        FLOAT32_BY_PRIMITIVES,
        BFLOAT16;

        Linear linear(Linear.Sizes sizes) {
            return switch (this) {
                case FLOAT32_WITH_TWO_COPIES -> linear(sizes, Form.PACKED);
                case FLOAT32_BY_PRIMITIVES -> linear(sizes, Form.PRIMITIVE);
                case FLOAT32, FLOAT32_WITH_A_COPY, BFLOAT16 -> kernels().linear(sizes);
            };
        }

        private static Linear linear(Linear.Sizes sizes, Form form) {
            assumeTrue(Backend.fast().chooses(), "oneDNN is not there for this platform");
            return ((DnnlKernels) Backend.fast().float32()).linear(sizes, new Choice(form, form, false));
        }

        Kernels kernels() {
            return switch (this) {
                case FLOAT32, FLOAT32_WITH_TWO_COPIES, FLOAT32_BY_PRIMITIVES ->
                    Backend.fast().float32();
                case FLOAT32_WITH_A_COPY -> {
                    Kernels kernels = Backend.fast().float32().preparedFor(new Kernels.Sharing(4, 0));
                    assumeTrue(
                            kernels.linear(new Linear.Sizes(1, 1, 1)) instanceof DnnlPrimitiveLinear,
                            "this processor has no AVX-512: weights are not copied");
                    yield kernels;
                }
                case BFLOAT16 -> {
                    assumeTrue(
                            Backend.fast().bfloat16() instanceof DnnlBf16Kernels,
                            "this processor has no bfloat16 instructions: products are rounded in software");
                    yield Backend.fast().bfloat16();
                }
            };
        }

        double factor(MemorySegment memory, long index) {
            float value = memory.getAtIndex(JAVA_FLOAT, index);
            return this == BFLOAT16 ? Bf16.round(value) : value;
        }
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private MemorySegment random(long seed, long floats) {
        return RandomInput.memory(arena, RandomInput.floats(new Random(seed), Math.toIntExact(floats), 2));
    }

    /** Sums of products, to what float32 sums of so many may differ by. */
    private static void assertProduct(
            MemorySegment found, MemorySegment before, long stride, int rows, int columns, int terms, Term term) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double sum = before.getAtIndex(JAVA_FLOAT, i * stride + j);
                double size = Math.abs(sum);
                for (int t = 0; t < terms; t++) {
                    double product = term.at(i, j, t);
                    sum += product;
                    size += Math.abs(product);
                }
                assertThat((double) found.getAtIndex(JAVA_FLOAT, i * stride + j))
                        .as("row %d, column %d of %d x %d, sum of %d", i, j, rows, columns, terms)
                        .isCloseTo(sum, within(1e-6 * size + 1e-30));
            }
            for (long j = columns; j < stride; j++) {
                assertThat(found.getAtIndex(JAVA_FLOAT, i * stride + j))
                        .as("between the rows")
                        .isEqualTo(before.getAtIndex(JAVA_FLOAT, i * stride + j));
            }
        }
    }

    private interface Term {
        double at(int row, int column, int term);
    }

    private MemorySegment copy(MemorySegment memory) {
        return Memory.allocate(arena, memory.byteSize() / Float.BYTES).copyFrom(memory);
    }

    private MemorySegment zero(long floats) {
        return Memory.allocate(arena, floats);
    }

    /** Sizes that fill oneDNN's blocks, and sizes that do not. */
    static Stream<Arguments> productsOfWeights() {
        int[][] sizes = {
            {1, 1, 1, 0}, {3, 5, 7, 0}, {32, 64, 48, 16}, {33, 100, 10, 3}, {4, 10, 130, 0}, {70, 256, 256, 16}
        };
        return Arrays.stream(Products.values())
                .flatMap(products -> Arrays.stream(sizes).map(s -> Arguments.of(products, s[0], s[1], s[2], s[3])));
    }

    @ParameterizedTest
    @MethodSource
    void productsOfWeights(Products products, int rows, int in, int out, int padding) {
        long stride = in + (long) padding;
        MemorySegment memory = random(1, out * stride);
        MemorySegment x = random(2, (long) rows * in);
        long apart = out + 2L;
        MemorySegment dy = random(3, (long) rows * out);
        MemorySegment dyApart = random(4, rows * apart);
        Linear.Weight weight = new Linear.Weight(memory, 0);
        Linear linear = products.linear(new Linear.Sizes(in, out, stride));
        for (boolean accumulate : new boolean[] {false, true}) {
            MemorySegment y = random(5, (long) rows * out);
            MemorySegment before = accumulate ? copy(y) : zero((long) rows * out);
            linear.forward(rows, x, weight, accumulate, y);
            assertProduct(
                    y,
                    before,
                    out,
                    rows,
                    out,
                    in,
                    (r, o, i) -> products.factor(x, (long) r * in + i) * products.factor(memory, o * stride + i));

            MemorySegment dx = random(6, (long) rows * in);
            before = accumulate ? copy(dx) : zero((long) rows * in);
            linear.backwardInput(rows, dy, weight, accumulate, dx);
            assertProduct(
                    dx,
                    before,
                    in,
                    rows,
                    in,
                    out,
                    (r, i, o) -> products.factor(dy, (long) r * out + o) * products.factor(memory, o * stride + i));

            MemorySegment gradient = accumulate ? random(7, out * stride) : zero(out * stride);
            before = copy(gradient);
            linear.backwardWeight(rows, x, dyApart, apart, accumulate, gradient);
            assertProduct(
                    gradient,
                    before,
                    stride,
                    out,
                    in,
                    rows,
                    (o, i, r) -> products.factor(dyApart, r * apart + o) * products.factor(x, (long) r * in + i));
        }
        linear.close();
    }

    /** Where a bias is added with the product, it must not matter for the bits: a forward of the same rows may do without. */
    @ParameterizedTest
    @MethodSource("productsOfWeights")
    void biasIsAddedToTheProduct(Products products, int rows, int in, int out, int padding) {
        long stride = in + (long) padding;
        Linear linear = products.linear(new Linear.Sizes(in, out, stride));
        Linear.Weight weight = new Linear.Weight(random(1, out * stride), 0);
        MemorySegment x = random(2, (long) rows * in);
        MemorySegment bias = random(3, out);
        MemorySegment y = random(4, (long) rows * out);
        linear.forward(rows, x, weight, bias, y);

        MemorySegment expected = zero((long) rows * out);
        linear.forward(rows, x, weight, false, expected);
        products.kernels().addBias(expected, rows, out, bias);
        assertThat(y.toArray(JAVA_FLOAT)).containsExactly(expected.toArray(JAVA_FLOAT));
        linear.close();
    }

    /** Copies of the weights are made where they pay, which depends on how many micro-batches there are. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void bitsOfBfloat16DoNotFollowTheCopiesOfTheWeights(long seed) {
        Random random = new Random(seed);
        int rows = 1 + random.nextInt(80);
        int in = 1 + random.nextInt(300);
        int out = 1 + random.nextInt(300);
        Kernels kernels = Products.BFLOAT16.kernels();
        Linear.Weight weight = new Linear.Weight(random(seed + 1, (long) out * in), 0);
        MemorySegment x = random(seed + 2, (long) rows * in);
        MemorySegment dy = random(seed + 3, (long) rows * out);
        List<float[]> outputs = new ArrayList<>();
        List<float[]> inputGradients = new ArrayList<>();
        for (int uses : new int[] {1, 4, 64}) {
            Linear linear = kernels.preparedFor(new Kernels.Sharing(uses, 1)).linear(new Linear.Sizes(in, out, in));
            MemorySegment y = zero((long) rows * out);
            MemorySegment dx = zero((long) rows * in);
            linear.forward(rows, x, weight, false, y);
            linear.backwardInput(rows, dy, weight, false, dx);
            outputs.add(y.toArray(JAVA_FLOAT));
            inputGradients.add(dx.toArray(JAVA_FLOAT));
            linear.close();
        }
        String size = "seed " + seed + ": " + rows + " x " + in + " x " + out;
        assertThat(outputs).as(size).allSatisfy(y -> assertThat(y).containsExactly(outputs.getFirst()));
        assertThat(inputGradients).as(size).allSatisfy(dx -> assertThat(dx).containsExactly(inputGradients.getFirst()));
    }

    @ParameterizedTest
    @EnumSource
    void anotherVersionOfTheWeightsIsRead(Products products) {
        MemorySegment memory = random(1, 8 * 8);
        MemorySegment x = random(2, 4 * 8);
        MemorySegment y = zero(4 * 8);
        Linear linear = products.linear(new Linear.Sizes(8, 8, 8));
        linear.forward(4, x, new Linear.Weight(memory, 3), false, y);
        assertThat(y.toArray(JAVA_FLOAT)).doesNotContain(0f);
        memory.fill((byte) 0);

        linear.forward(4, x, new Linear.Weight(memory, 4), false, y);
        assertThat(y.toArray(JAVA_FLOAT)).containsOnly(0f);
        linear.close();
    }

    private static Linear gathering(Products products, int in, int out) {
        return products.kernels().preparedFor(new Kernels.Sharing(1, 4)).linear(new Linear.Sizes(in, out, in));
    }

    /** More rows than are held for one product, with a beginning in between. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "BFLOAT16"})
    void productsOfSeveralMicroBatchesArePutOffUntilTheGradientIsRead(Products products) {
        int in = 256;
        int out = 6;
        int rows = 70;
        Linear linear = gathering(products, in, out);
        MemorySegment gradient = random(1, (long) out * in);
        MemorySegment before = copy(gradient);
        for (int begin = 0; begin < 2; begin++) {
            MemorySegment x = random(2 + begin, 5L * rows * in);
            MemorySegment dy = random(4 + begin, 5L * rows * out);
            for (int i = 0; i < 5; i++) {
                linear.backwardWeight(
                        rows,
                        x.asSlice((long) i * rows * in * Float.BYTES),
                        dy.asSlice((long) i * rows * out * Float.BYTES),
                        out,
                        i > 0,
                        gradient);
                boolean untouched = gradient.mismatch(before) == -1;
                assertThat(untouched).as("after micro-batch %d", i).isEqualTo(i < 3);
            }
            linear.finishWeight();
            assertProduct(
                    gradient,
                    zero((long) out * in),
                    in,
                    out,
                    in,
                    5 * rows,
                    (o, c, r) -> products.factor(dy, (long) r * out + o) * products.factor(x, (long) r * in + c));
            before = copy(gradient);
            linear.finishWeight();
            assertThat(gradient.mismatch(before)).as("finished twice").isEqualTo(-1);
        }
        linear.close();
    }

    /** Each block is told of when all of it is there, and all of them are what one gets who reads the gradient as a whole. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "BFLOAT16"})
    void blockAfterBlockGivesTheBitsOfTheWhole(Products products) {
        for (long seed = 1; seed <= 6; seed++) {
            Random random = new Random(seed);
            int in = 1 + random.nextInt(seed % 2 == 0 ? 5000 : 300);
            int out = 1 + random.nextInt(700);
            int rows = seed == 1 ? 256 : 1 + random.nextInt(100);
            int gradients = 1 + random.nextInt(2);
            String what = "seed %d: %d x %d x %d, %d".formatted(seed, rows, in, out, gradients);
            Kernels kernels = products.kernels().preparedFor(new Kernels.Sharing(1, gradients));
            Linear whole = kernels.linear(new Linear.Sizes(in, out, in));
            Linear blocks = kernels.linear(new Linear.Sizes(in, out, in));
            MemorySegment expected = zero((long) out * in);
            MemorySegment gradient = zero((long) out * in);
            for (int m = 0; m < 3; m++) {
                MemorySegment x = random(seed + m, (long) rows * in);
                MemorySegment dy = random(seed + m + 10, (long) rows * out);
                whole.backwardWeight(rows, x, dy, out, m > 0, expected);
                blocks.backwardWeight(rows, x, dy, out, m > 0, gradient);
            }
            whole.finishWeight();
            int[] next = {0};
            blocks.finishWeight(out, (from, count) -> {
                assertThat(from).as(what).isEqualTo(next[0]);
                assertThat(from % Linear.PADDING).as(what).isZero();
                long begin = (long) from * in * Float.BYTES;
                long end = begin + (long) count * in * Float.BYTES;
                assertThat(MemorySegment.mismatch(gradient, begin, end, expected, begin, end))
                        .as("%s, rows from %d", what, from)
                        .isEqualTo(-1);
                next[0] = from + count;
            });
            assertThat(next[0]).as(what).isEqualTo(out);
            whole.close();
            blocks.close();
        }
    }

    /** As many rows at once as are ever held, after few; and a beginning while few are held, which nobody has read. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "BFLOAT16"})
    void manyRowsAreAProductOfTheirOwn(Products products) {
        int in = 4;
        int out = 3;
        Linear linear = gathering(products, in, out);
        MemorySegment gradient = random(1, (long) out * in);
        MemorySegment x = random(2, 400L * in);
        MemorySegment dy = random(3, 400L * out);
        linear.backwardWeight(5, random(4, 5L * in), random(5, 5L * out), out, false, gradient);

        linear.backwardWeight(100, x, dy, out, false, gradient);
        linear.backwardWeight(
                300, x.asSlice(100L * in * Float.BYTES), dy.asSlice(100L * out * Float.BYTES), out, true, gradient);

        assertProduct(
                gradient,
                zero((long) out * in),
                in,
                out,
                in,
                400,
                (o, i, r) -> products.factor(dy, (long) r * out + o) * products.factor(x, (long) r * in + i));
        linear.close();
    }

    @ParameterizedTest
    @EnumSource
    void noRowsGiveNoGradient(Products products) {
        MemorySegment gradient = random(1, 6);
        Linear linear = products.linear(new Linear.Sizes(2, 3, 2));
        MemorySegment before = copy(gradient);
        linear.backwardWeight(0, MemorySegment.NULL, MemorySegment.NULL, 3, true, gradient);
        assertThat(gradient.mismatch(before)).isEqualTo(-1);
        linear.backwardWeight(0, MemorySegment.NULL, MemorySegment.NULL, 3, false, gradient);
        assertThat(gradient.toArray(JAVA_FLOAT)).containsOnly(0f);
        linear.close();
    }
}
