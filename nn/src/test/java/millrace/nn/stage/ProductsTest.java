package millrace.nn.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.ForwardingKernels;
import millrace.nn.kernel.Window;
import millrace.nn.layer.Block;
import millrace.nn.layer.Conv2d;
import millrace.nn.layer.Layers;
import millrace.nn.layer.Products;
import millrace.nn.layer.SelfAttention;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What layers say of their products, by hand and beside kernels that count what they are asked for. */
class ProductsTest {
    private static Products products(Shape input, Block... blocks) {
        return Model.of(input, blocks).products();
    }

    /** 784 x 256 and 256 x 10, of which the second alone has a backward-input. */
    @Test
    void dense() {
        Products found = products(Shape.of(784), Layers.dense(256), Layers.relu(), Layers.dense(10));

        assertThat(found.forward()).isEqualTo(200_704 + 2_560);
        assertThat(found.backwardInput()).isEqualTo(2_560);
        assertThat(found.backwardWeight()).isEqualTo(200_704 + 2_560);
        assertThat(found.all()).isEqualTo(2 * 200_704 + 3 * 2_560);
    }

    /** 5 positions are 5 rows. */
    @Test
    void denseOfASequence() {
        assertThat(products(Shape.of(5, 7), Layers.dense(3)).forward()).isEqualTo(5 * 7 * 3);
    }

    /** 26 x 26 places of 32 filters of 1 x 3 x 3, then 24 x 24 of 64 filters of 32 x 3 x 3. */
    @Test
    void convolutions() {
        Products found =
                products(Shape.of(1, 28, 28), Layers.conv2d(32, 3, 1, 0), Layers.relu(), Layers.conv2d(64, 3, 1, 0));

        assertThat(found.forward()).isEqualTo(194_688 + 10_616_832);
        assertThat(found.backwardInput()).isEqualTo(10_616_832);
        assertThat(found.backwardWeight()).isEqualTo(194_688 + 10_616_832);
    }

    /** 4 products of 8 x 6 x 6 with weights; squares of 8 x 8 x 6, 2 forward and 4 back. */
    @Test
    void attention() {
        Products found = products(Shape.of(8, 6), new SelfAttention(2, false, Initializer.PYTORCH));

        assertThat(found.forward()).isEqualTo(4 * 288 + 2 * 384);
        assertThat(found.backwardInput()).isEqualTo(4 * 288 + 4 * 384);
        assertThat(found.backwardWeight()).isEqualTo(4 * 288);
    }

    /** 128 positions in two bands of 64 rows, the first of which sees 64 positions: 3/4 of the square. */
    @Test
    void causalAttention() {
        long weights = 4L * 128 * 32 * 32;
        long square = 64L * 64 * 32 + 64L * 128 * 32;

        assertThat(products(Shape.of(128, 32), Layers.attention(4)))
                .isEqualTo(new Products(weights + 2 * square, weights + 4 * square, weights, weights + 4 * square));
    }

    /** 64 steps of 4 gates of 256 values, each from 64 inputs and 256 values of the state. */
    @Test
    void lstm() {
        long each = 64L * 4 * 256 * (64 + 256);

        Products found = products(Shape.of(64), Layers.embedding(65, 64), Layers.lstm(256));

        assertThat(found).isEqualTo(Products.alike(each).inputFirst());
        assertThat(found.all()).isEqualTo(3 * each);
    }

    static Stream<Model> models() {
        Window apart = new Window(new Window.Edge(3, 2, 1, 1), new Window.Edge(2, 1, 0, 1));
        Stream<Model> some = Stream.of(
                Model.of(Shape.of(6), Layers.embedding(5, 8), Layers.attention(2), Layers.dense(3)),
                Model.of(Shape.of(150, 4), Layers.attention(2), Layers.dense(3)),
                Model.of(Shape.of(70, 4), new SelfAttention(2, false, Initializer.PYTORCH), Layers.layerNorm()),
                Model.of(Shape.of(4, 3), Layers.bidirectionalLstm(5), Layers.gru(2)),
                Model.of(Shape.of(4, 3), Layers.tanh(), Layers.rnn(5), Layers.dense(2)),
                Model.of(
                        Shape.of(4, 9, 7),
                        Layers.relu(),
                        new Conv2d(6, apart, 2, true, Initializer.PYTORCH),
                        Layers.batchNorm(),
                        Layers.conv2d(3, 2, 1, 1),
                        Layers.flatten(),
                        Layers.dense(4)),
                Model.of(Shape.of(3), Layers.relu(), Layers.softmax()));
        return Stream.concat(
                some, IntStream.range(0, 30).mapToObj(seed -> RandomChain.withResiduals(new Random(seed))));
    }

    /** Every layer, first or not, split backward or not, recomputed or not: as many as the kernels are asked for. */
    @ParameterizedTest
    @MethodSource("models")
    void areThoseThatAreMade(Model model) {
        int rows = 3;
        Products said = model.products();
        Counting counting = new Counting();
        Partition.Range all = new Partition.Range(0, model.layers().size());
        try (Arena arena = Arena.ofConfined();
                LayerRun run = new LayerRun(model, all, rows, 1, 2, counting, Keep.ACTIVATIONS)) {
            run.forward(0, input(arena, model, rows)).release();
            assertThat(counting.taken()).as("F").isEqualTo(rows * said.forward());
            run.backwardInput(0, delta(arena, run, rows));
            assertThat(counting.taken()).as("I").isEqualTo(rows * said.backwardInput());
            run.backwardWeight(0, false);
            assertThat(counting.taken()).as("W").isEqualTo(rows * said.backwardWeight());

            run.forward(1, input(arena, model, rows)).release();
            run.backward(1, delta(arena, run, rows), false);
            assertThat(counting.taken()).as("F and B").isEqualTo(rows * said.all());
        }
    }

    private static Tensor input(Arena arena, Model model, int rows) {
        return Tensor.zeros(arena, model.inputType(), model.inputShape().batched(rows));
    }

    private static Tensor delta(Arena arena, LayerRun run, int rows) {
        return Tensor.zeros(arena, ElementType.F32, run.outputShape().batched(rows));
    }

    /** The plain kernels, counting. */
    private static final class Counting extends ForwardingKernels {
        private long made;

        Counting() {
            super(Backend.scalar().float32());
        }

        long taken() {
            long taken = made;
            made = 0;
            return taken;
        }

        @Override
        public void gemm(
                boolean transposeA,
                boolean transposeB,
                int m,
                int n,
                int k,
                MemorySegment a,
                long strideA,
                MemorySegment b,
                long strideB,
                boolean accumulate,
                MemorySegment c,
                long strideC) {
            made += (long) m * n * k;
            super.gemm(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, c, strideC);
        }

        @Override
        public Convolution convolution(Convolution.Sizes sizes) {
            Convolution convolution = super.convolution(sizes);
            // every place of every output looks through the window at the channels of its group
            long each = sizes.outputSize()
                    * (sizes.channels() / sizes.groups())
                    * sizes.window().area();
            return new Convolution() {
                @Override
                public void forward(
                        int rows,
                        MemorySegment x,
                        MemorySegment filters,
                        @Nullable MemorySegment bias,
                        MemorySegment y) {
                    made += rows * each;
                    convolution.forward(rows, x, filters, bias, y);
                }

                @Override
                public void backwardInput(int rows, MemorySegment dy, MemorySegment filters, MemorySegment dx) {
                    made += rows * each;
                    convolution.backwardInput(rows, dy, filters, dx);
                }

                @Override
                public void backwardWeight(
                        int rows, MemorySegment x, MemorySegment dy, boolean accumulate, MemorySegment gradient) {
                    made += rows * each;
                    convolution.backwardWeight(rows, x, dy, accumulate, gradient);
                }

                @Override
                public void close() {
                    convolution.close();
                }
            };
        }
    }
}
