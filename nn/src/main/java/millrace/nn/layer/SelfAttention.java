package millrace.nn.layer;

import static millrace.nn.layer.Workspace.part;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
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
        return new Heads(
                kernels,
                heads,
                positions,
                input.dimension(1),
                band(positions),
                causal ? 1 : 0,
                new Affine(kernels, parameters.get(0), parameters.get(1)),
                new Affine(kernels, parameters.get(2), parameters.get(3)));
    }

    /**
     * The arithmetic.
     *
     * @param band rows that are computed at once, each as wide as the last of them sees
     * @param more positions that the next position sees more
     */
    private record Heads(
            Kernels kernels, int heads, int positions, int width, int band, int more, Affine qkv, Affine proj)
            implements Operator {
        /** What forward leaves and backward adds. */
        private record Memory(
                MemorySegment qkv,
                MemorySegment shares,
                MemorySegment mixed,
                MemorySegment dqkv,
                MemorySegment scratch) {}

        private Memory memory(Pass pass, int rows) {
            Workspace workspace = new Workspace(pass.workspace());
            long all = (long) rows * positions;
            return new Memory(
                    workspace.take(all * 3 * width),
                    workspace.take(all * heads * positions),
                    workspace.take(all * width),
                    workspace.take(all * 3 * width),
                    workspace.take((long) positions * positions));
        }

        @Override
        public long workspace(int rows) {
            long all = (long) rows * positions;
            return Workspace.size(
                    all * 3 * width,
                    all * heads * positions,
                    all * width,
                    all * 3 * width,
                    (long) positions * positions);
        }

        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            Memory memory = memory(pass, input.rows());
            int all = input.rows() * positions;
            qkv.forward(all, input.memory(), false, memory.qkv);
            for (int r = 0; r < input.rows(); r++) {
                for (int h = 0; h < heads; h++) {
                    MemorySegment shares = shares(memory, r, h);
                    product(q(memory.qkv, r, h), 3 * width, k(memory.qkv, r, h), shares);
                    kernels.norms().maskedSoftmax(shares, positions, positions, seenFirst(), more, factor());
                    mix(false, shares, v(memory.qkv, r, h), 3 * width, head(memory.mixed, width, r, h), width);
                }
            }
            proj.forward(all, memory.mixed, false, output.memory());
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            int rows = outputGradient.rows();
            Memory memory = memory(pass, rows);
            int all = rows * positions;
            // the gradient of what was mixed goes where the result does: the input's is written last
            MemorySegment dMixed = inputGradient.memory();
            proj.backwardInput(all, outputGradient.memory(), false, dMixed);
            MemorySegment dShares = memory.scratch;
            for (int r = 0; r < rows; r++) {
                for (int h = 0; h < heads; h++) {
                    MemorySegment shares = shares(memory, r, h);
                    MemorySegment d = head(dMixed, width, r, h);
                    mix(true, shares, d, width, v(memory.dqkv, r, h), 3 * width);
                    product(d, width, v(memory.qkv, r, h), dShares);
                    kernels.norms()
                            .maskedSoftmaxBackward(shares, dShares, positions, positions, seenFirst(), more, factor());
                    mix(false, dShares, k(memory.qkv, r, h), 3 * width, q(memory.dqkv, r, h), 3 * width);
                    mix(true, dShares, q(memory.qkv, r, h), 3 * width, k(memory.dqkv, r, h), 3 * width);
                }
            }
            qkv.backwardInput(all, memory.dqkv, false, inputGradient.memory());
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            Memory memory = memory(pass, input.rows());
            int all = input.rows() * positions;
            qkv.backwardWeight(all, input.memory(), memory.dqkv, accumulate);
            proj.backwardWeight(all, memory.mixed, outputGradient.memory(), accumulate);
        }

        /** Positions that the first position sees. */
        private int seenFirst() {
            return positions - more * (positions - 1);
        }

        // What a position of a causal attention sees is a lower triangle. It is computed by bands of rows, each as wide
        // as its last row sees. Where every position sees all, there is one band.

        /** Positions x positions, but for what no position of the band sees, from two pieces of one head. */
        private void product(MemorySegment a, int strideA, MemorySegment b, MemorySegment result) {
            for (int first = 0; first < positions; first += band) {
                int seen = Math.min(first + band, positions);
                MemorySegment rows = from(a, (long) first * strideA);
                MemorySegment products = from(result, (long) first * positions);
                kernels.gemm(
                        false,
                        true,
                        seen - first,
                        seen,
                        headWidth(),
                        rows,
                        strideA,
                        b,
                        3L * width,
                        false,
                        products,
                        positions);
            }
        }

        /** The rows of one head mixed in the given shares, or in their transpose. */
        private void mix(
                boolean transpose, MemorySegment shares, MemorySegment x, int strideX, MemorySegment y, int strideY) {
            for (int first = 0; first < positions; first += band) {
                int seen = Math.min(first + band, positions);
                // transposed, a band of columns: those positions that see it begin where it begins
                int from = transpose ? first : 0;
                int to = transpose ? positions : seen;
                MemorySegment mixedBy =
                        from(shares, transpose ? (long) first * positions + first : (long) first * positions);
                kernels.gemm(
                        transpose,
                        false,
                        seen - first,
                        headWidth(),
                        to - from,
                        mixedBy,
                        positions,
                        from(x, (long) from * strideX),
                        strideX,
                        false,
                        from(y, (long) first * strideY),
                        strideY);
            }
        }

        private static MemorySegment from(MemorySegment memory, long floats) {
            return memory.asSlice(floats * Float.BYTES);
        }

        private int headWidth() {
            return width / heads;
        }

        private float factor() {
            return (float) (1 / Math.sqrt(headWidth()));
        }

        private MemorySegment shares(Memory memory, int row, int head) {
            long size = (long) positions * positions;
            return part(memory.shares, ((long) row * heads + head) * size, size);
        }

        private MemorySegment q(MemorySegment qkv, int row, int head) {
            return head(qkv, 3 * width, row, head);
        }

        private MemorySegment k(MemorySegment qkv, int row, int head) {
            return head(qkv, 3 * width, row, heads + head);
        }

        private MemorySegment v(MemorySegment qkv, int row, int head) {
            return head(qkv, 3 * width, row, 2 * heads + head);
        }

        /** Where a head's columns begin in the rows of one sample. */
        private MemorySegment head(MemorySegment memory, int stride, int row, int head) {
            long first = (long) row * positions * stride + (long) head * headWidth();
            return part(memory, first, (long) (positions - 1) * stride + headWidth());
        }

        @Override
        public boolean weightAfterInput() {
            return true;
        }

        @Override
        public void close() {
            qkv.close();
            proj.close();
        }
    }
}
