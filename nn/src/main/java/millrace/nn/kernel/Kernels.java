package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;
import millrace.nn.choice.KernelChoices;

/**
 * The arithmetic that layers, losses and optimizers are made of, on float32 memory outside the heap. Matrices are
 * row-major; a stride is the distance between two rows in elements. Implementations are stateless and may be shared
 * by threads; a call uses one thread, and gives the same bits for the same input on the same machine.
 *
 * <p>Which implementation a training uses is part of its {@code Backend}. {@code nn.kernel.scalar} has the plain reference,
 * {@code nn.kernel.vector} the one by the JDK's Vector API, {@code nn.kernel.dnnl} the one that multiplies by oneDNN, and
 * {@code nn.kernel.bf16} one that rounds the factors of another one's products.
 */
public interface Kernels {
    /**
     * {@code c = op(a) op(b)}, or {@code c += op(a) op(b)} with {@code accumulate}.
     *
     * @param transposeA whether {@code a} is stored k x m instead of m x k
     * @param transposeB whether {@code b} is stored n x k instead of k x n
     * @param m rows of c
     * @param n columns of c
     * @param k inner dimension; 0 gives a zero product
     */
    void gemm(
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
            long strideC);

    /** {@code sum = x + y} element by element; sum may be x or y. */
    void add(MemorySegment x, MemorySegment y, MemorySegment sum, long elements);

    /** Rounds numbers to bfloat16, to the nearest, ties to even; NaN of NaN. The same bits everywhere. */
    void toBfloat16(MemorySegment floats, MemorySegment bfloat16, long elements);

    /** The bfloat16 numbers as float32, which has them all. */
    void fromBfloat16(MemorySegment bfloat16, MemorySegment floats, long elements);

    /** {@code y[r][c] += bias[c]} for a rows x columns matrix. */
    void addBias(MemorySegment y, int rows, int columns, MemorySegment bias);

    /** {@code sums[c] = sum over r of x[r][c]}, added to what is there with {@code accumulate}; rows ascending. */
    void columnSums(MemorySegment x, int rows, int columns, boolean accumulate, MemorySegment sums);

    /** {@code y = f(x)} element by element; y may be x. */
    void activate(Activation f, MemorySegment x, MemorySegment y, long elements);

    /**
     * {@code dx = dy * f'(x)} element by element; dx may be dy.
     *
     * @param saved what {@link Activation.Kind#savesInput()} asks for: f's input, or its output
     */
    void activateBackward(Activation f, MemorySegment saved, MemorySegment dy, MemorySegment dx, long elements);

    /** Softmax of each row, shifted by the row's maximum; y may be x. */
    void softmax(MemorySegment x, MemorySegment y, int rows, int columns);

    /** {@code dx = y * (dy - sum(dy * y))} for each row, y being softmax's output; dx may be dy. */
    void softmaxBackward(MemorySegment y, MemorySegment dy, MemorySegment dx, int rows, int columns);

    /**
     * One optimizer step over a parameter, in one pass: shape the gradient, update the state, update the weights.
     *
     * @param updated where the new weights go; may be {@code weights}
     * @param state1 first state buffer of the rule (ignored by rules without one)
     * @param state2 second state buffer of the rule (ignored by rules with fewer)
     * @param state3 third state buffer of the rule (ignored by rules with fewer)
     * @param elements how many; memory beyond them up to a multiple of 16 elements may be read and written
     */
    void update(
            UpdateRule rule,
            GradientShaping shaping,
            MemorySegment weights,
            MemorySegment updated,
            MemorySegment gradients,
            MemorySegment state1,
            MemorySegment state2,
            MemorySegment state3,
            long elements);

    /** The same in place, of a rule with two state buffers at most. */
    default void update(
            UpdateRule rule,
            GradientShaping shaping,
            MemorySegment weights,
            MemorySegment gradients,
            MemorySegment state1,
            MemorySegment state2,
            long elements) {
        update(rule, shaping, weights, weights, gradients, state1, state2, MemorySegment.NULL, elements);
    }

    /**
     * Adds the penalties to a gradient that is looked at before the step; {@link #update} with the rest of the shaping then
     * gives the bits that it would have given with all of it.
     *
     * @param elements how many; memory beyond them as in {@link #update}
     */
    void penalise(GradientShaping shaping, MemorySegment weights, MemorySegment gradients, long elements);

    /** The sum of the squares, in double precision; NaN or infinite if and only if an element is. */
    double sumOfSquares(MemorySegment x, long elements);

    /** {@code x *= factor}; memory beyond the elements as in {@link #update}. */
    void scale(MemorySegment x, float factor, long elements);

    /** Floats from one row of a weight matrix, or of its gradient, to the next; not fewer than columns. */
    default long stride(int rows, int columns) {
        return Linear.usualStride(rows, columns);
    }

    /** How weight matrices are multiplied that are not multiplied as usual. */
    default KernelChoices choices() {
        return KernelChoices.NONE;
    }

    /** Whether these kernels know more than one way to multiply weight matrices. */
    default boolean chooses() {
        return false;
    }

    /**
     * The same, which multiply weight matrices in chosen ways.
     *
     * @throws IllegalArgumentException when there is a choice and they know one way only
     */
    default Kernels choosing(KernelChoices choices) {
        if (choices.isEmpty()) {
            return this;
        }
        throw new IllegalArgumentException("kernels: " + choices.texts().getFirst()
                + " (expected: none, the kernels of this"
                + " machine, " + this + ", have no others); train on machines with oneDNN, or without measured kernels:"
                + " -D training.kernels=usual");
    }

    /** The products of a weight matrix, to be closed by the caller. */
    default Linear linear(Linear.Sizes sizes) {
        return new PlainLinear(this, sizes);
    }

    /** The products within the heads of an attention, to be closed by the caller. */
    default HeadProducts heads(HeadProducts.Sizes sizes) {
        return new PlainHeadProducts(this, sizes);
    }

    /**
     * A product of square matrices whose speed is the most that is to be had, with the factors that these kernels multiply
     * where the processor can do that itself, else with float32.
     *
     * @param size rows and columns; not a power of two, at whose distances rows share cache sets
     */
    default LargeProduct largeProduct(int size) {
        return LargeProduct.of(this, size);
    }

    /** A convolution, to be closed by the caller. */
    Convolution convolution(Convolution.Sizes sizes);

    /**
     * Pooling of images by a window that moves over each plane.
     *
     * @param height of a plane that comes in, in values
     * @param width of a plane that comes in, in values
     */
    Pooling pooling(int height, int width, Window window);

    /** {@code sums[c] += sum over rows and places of x[row][c][place]}, or replaced without {@code accumulate}. */
    void planeSums(MemorySegment x, int rows, int channels, int places, boolean accumulate, MemorySegment sums);

    /** Layer normalization and causal softmax. */
    NormKernels norms();

    /** The cells of recurrent layers. */
    RecurrentKernels recurrent();

    /**
     * What the micro-batches of a training have in common. The bits may follow it.
     *
     * @param forwards that one version of the weights serves before another one is used, those of all replicas: what copies
     *     of the weights have to pay for
     * @param gradients that are added up before anybody looks at their sum, those of all replicas: what may become one
     *     product; 1 where somebody may look in between, 0 where products are not put off at all
     */
    record Sharing(int forwards, int gradients) {}

    /** The same, prepared for how long weights and gradients stay as they are. */
    default Kernels preparedFor(Sharing sharing) {
        return this;
    }
}
