package millrace.nn.layer;

import static millrace.nn.layer.Workspace.part;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.HeadProducts;
import millrace.nn.kernel.Kernels;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Multi-head self-attention (Vaswani et al. 2017, as in nanoGPT):
 *
 * <pre>
 * q, k, v = x Wqkv^T + bqkv                     T x 3D, each cut into heads of D / heads columns
 * a = softmax(q k^T / sqrt(D / heads)) v        head by head, the softmax over what a position sees
 * y = a Wproj^T + bproj                         T x D
 * </pre>
 *
 * @param heads a divisor of D
 * @param causal whether a position sees only itself and those before it; otherwise it sees all
 * @param initializer of Wqkv (3D x D) and Wproj (D x D); biases get PyTorch's default for Linear
 */
public record SelfAttention(int heads, boolean causal, Initializer initializer) implements Layer {
    // narrower bands save more of the square of a causal attention, but their products are less efficient
    private static final int BAND = 64;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public SelfAttention {
        if (heads < 1) {
            throw new IllegalArgumentException("attention heads: " + heads + " (expected: 1 or more)");
        }
    }

    @Override
    public String type() {
        return "attention";
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("heads", heads, "causal", causal, "init", initializer);
    }

    @Override
    public boolean looksAhead() {
        return !causal;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 2 || input.dimension(1) % heads != 0) {
            throw new IllegalArgumentException("input shape: " + input + " (expected: positions x a multiple of "
                    + heads + ", the heads); change heads or the width of the embedding");
        }
        return input;
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        int width = input.dimension(1);
        return List.of(
                new ParameterSpec("qkv.weight", Shape.of(3 * width, width), initializer, width, 3 * width),
                new ParameterSpec("qkv.bias", Shape.of(3 * width), Initializer.PYTORCH, width, 3 * width),
                new ParameterSpec("proj.weight", Shape.of(width, width), initializer, width, width),
                new ParameterSpec("proj.bias", Shape.of(width), Initializer.PYTORCH, width, width));
    }

    @Override
    public long multiplications(Shape input) {
        long products = input.size() * 4 * input.dimension(1);
        return products + 2 * input.size() * input.dimension(0);
    }

    /**
     * Of T positions of width D, Wqkv and Wproj have {@code 4 T D D} in each pass. Of the squares, q k^T and its mix with v
     * have {@code S D} each in F, and their gradients to q, k, v and the shares {@code 4 S D} in I, which leaves them to W. S is
     * T T where every position sees all; a causal attention computes bands of 64 rows, each as wide as its last row sees.
     */
    @Override
    public Products products(Shape input) {
        long square = square(input.dimension(0)) * input.dimension(1);
        long weights = 4 * input.size() * input.dimension(1);
        return new Products(weights + 2 * square, weights + 4 * square, weights, 0).inputFirst();
    }

    /** Shares that are computed for a head. */
    private long square(int positions) {
        int band = band(positions);
        long shares = 0;
        for (int first = 0; first < positions; first += band) {
            int seen = Math.min(first + band, positions);
            shares += (long) (seen - first) * seen;
        }
        return shares;
    }

    private int band(int positions) {
        return causal ? Math.min(BAND, positions) : positions;
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        int positions = input.dimension(0);
        int width = input.dimension(1);
        HeadProducts.Sizes sizes = new HeadProducts.Sizes(heads, positions, width / heads, band(positions));
        return new Heads(
                kernels,
                sizes,
                kernels.heads(sizes),
                causal ? 1 : 0,
                new Affine(kernels, parameters.get(0), parameters.get(1)),
                new Affine(kernels, parameters.get(2), parameters.get(3)));
    }

    /**
     * The arithmetic.
     *
     * @param more positions that the next position sees more
     */
    private record Heads(
            Kernels kernels, HeadProducts.Sizes sizes, HeadProducts products, int more, Affine qkv, Affine proj)
            implements Operator {
        /**
         * What forward leaves and backward adds, for each sample.
         *
         * @param qkv positions x 3D
         * @param shares positions x positions for each head
         * @param mixed positions x D
         * @param dqkv positions x 3D, the gradient of qkv
         * @param scratch the gradient of the shares, of one sample's heads that are computed together
         */
        private record Memory(
                MemorySegment qkv,
                MemorySegment shares,
                MemorySegment mixed,
                MemorySegment dqkv,
                MemorySegment scratch) {}

        private Memory memory(Workspace workspace, int rows) {
            long values = (long) rows * sizes.positions() * sizes.allWidth();
            long qkv = 3 * values;
            return new Memory(
                    workspace.take(qkv),
                    workspace.take((long) rows * sizes.heads() * sizes.shares()),
                    workspace.take(values),
                    workspace.take(qkv),
                    workspace.take(products.together() * sizes.shares()));
        }

        private Memory memory(Pass pass, int rows) {
            return memory(new Workspace(pass.workspace()), rows);
        }

        @Override
        public long workspace(int rows) {
            return Workspace.size(pieces -> memory(pieces, rows));
        }

        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            Memory memory = memory(pass, input.rows());
            int all = input.rows() * sizes.positions();
            qkv.forward(all, input.memory(), false, memory.qkv);
            for (int r = 0; r < input.rows(); r++) {
                products.begin(sample(memory.qkv, 3, r));
                for (int h = 0; h < sizes.heads(); h += products.together()) {
                    MemorySegment shares = shares(memory, r, h);
                    products.score(h, shares);
                    for (int i = 0; i < products.together(); i++) {
                        kernels.norms()
                                .maskedSoftmax(
                                        one(shares, i),
                                        sizes.positions(),
                                        sizes.positions(),
                                        seenFirst(),
                                        more,
                                        factor());
                    }
                    products.mix(h, shares, sample(memory.mixed, 1, r));
                }
            }
            proj.forward(all, memory.mixed, false, output.memory());
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            int rows = outputGradient.rows();
            Memory memory = memory(pass, rows);
            int all = rows * sizes.positions();
            // the gradient of what was mixed goes where the result does: the input's is written last
            MemorySegment dMixed = inputGradient.memory();
            proj.backwardInput(all, outputGradient.memory(), false, dMixed);
            MemorySegment dShares = memory.scratch;
            for (int r = 0; r < rows; r++) {
                products.beginBackward(sample(memory.qkv, 3, r), sample(dMixed, 1, r));
                MemorySegment dqkv = sample(memory.dqkv, 3, r);
                for (int h = 0; h < sizes.heads(); h += products.together()) {
                    MemorySegment shares = shares(memory, r, h);
                    products.mixBackward(h, shares, dqkv, dShares);
                    for (int i = 0; i < products.together(); i++) {
                        kernels.norms()
                                .maskedSoftmaxBackward(
                                        one(shares, i),
                                        one(dShares, i),
                                        sizes.positions(),
                                        sizes.positions(),
                                        seenFirst(),
                                        more,
                                        factor());
                    }
                    products.scoreBackward(h, dShares, dqkv);
                }
            }
            qkv.backwardInput(all, memory.dqkv, false, inputGradient.memory());
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            Memory memory = memory(pass, input.rows());
            int all = input.rows() * sizes.positions();
            qkv.backwardWeight(all, input.memory(), memory.dqkv, accumulate);
            proj.backwardWeight(all, memory.mixed, outputGradient.memory(), accumulate);
        }

        /** Positions that the first position sees. */
        private int seenFirst() {
            return sizes.positions() - more * (sizes.positions() - 1);
        }

        private float factor() {
            return (float) (1 / Math.sqrt(sizes.width()));
        }

        /** The rows of one sample, each of so many times D. */
        private MemorySegment sample(MemorySegment memory, int times, int row) {
            long size = (long) sizes.positions() * times * sizes.allWidth();
            return part(memory, row * size, size);
        }

        /** The shares of those heads of a sample that are computed together. */
        private MemorySegment shares(Memory memory, int row, int head) {
            long first = ((long) row * sizes.heads() + head) * sizes.shares();
            return part(memory.shares, first, products.together() * sizes.shares());
        }

        private MemorySegment one(MemorySegment shares, int head) {
            return part(shares, head * sizes.shares(), sizes.shares());
        }

        @Override
        public boolean weightAfterInput() {
            return true;
        }

        @Override
        public void close() {
            products.close();
            qkv.close();
            proj.close();
        }
    }
}
