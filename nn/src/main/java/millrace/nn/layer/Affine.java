package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Linear;
import org.jspecify.annotations.Nullable;

/** {@code y = x W^T + b} on rows of memory, with W: out x in, and its gradients: what several layers are made of. */
final class Affine {
    private final Kernels kernels;
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final Linear linear;

    /**
     * @param bias null where there is none
     */
    Affine(Kernels kernels, Parameter weight, @Nullable Parameter bias) {
        this.kernels = kernels;
        this.weight = weight;
        this.bias = bias;
        this.linear = kernels.linear(new Linear.Sizes(in(), out(), weight.stride()));
        weight.completeBy(linear);
    }

    int in() {
        return weight.shape().dimension(1);
    }

    int out() {
        return weight.shape().dimension(0);
    }

    /** {@code y = x W^T + b}, or added to what is in y. */
    void forward(int rows, MemorySegment x, boolean accumulate, MemorySegment y) {
        if (bias != null && !accumulate) {
            linear.forward(rows, x, weight.weight(), bias.value(), y);
            return;
        }
        linear.forward(rows, x, weight.weight(), accumulate, y);
        addBias(rows, y);
    }

    /** {@code dx = dy W}, or added to what is in dx. */
    void backwardInput(int rows, MemorySegment dy, boolean accumulate, MemorySegment dx) {
        linear.backwardInput(rows, dy, weight.weight(), accumulate, dx);
    }

    /**
     * {@code dW = dy^T x}, or added to what is there.
     *
     * @param dy with rows so far apart that walking down a column is fast
     * @param stride floats from one row of dy to the next
     */
    void backwardWeight(int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate) {
        linear.backwardWeight(rows, x, dy, stride, accumulate, weight.gradientMemory());
    }

    /** {@code db = sum of dy}, or added to what is there. */
    void backwardBias(int rows, MemorySegment dy, boolean accumulate) {
        if (bias != null) {
            kernels.columnSums(dy, rows, out(), accumulate, bias.gradient());
        }
    }

    /** Both gradients. */
    void backwardWeight(int rows, MemorySegment x, MemorySegment dy, boolean accumulate) {
        backwardWeight(rows, x, dy, out(), accumulate);
        backwardBias(rows, dy, accumulate);
    }

    /** W^T: in x out, for the forward of many calls; nothing where the kernels have a copy of their own. */
    void transpose(MemorySegment target) {
        if (linear.keepsForwardCopy()) {
            return;
        }
        MemorySegment source = weight.value();
        for (int o = 0; o < out(); o++) {
            for (int i = 0; i < in(); i++) {
                float value = source.getAtIndex(JAVA_FLOAT, o * weight.stride() + i);
                target.setAtIndex(JAVA_FLOAT, i * transposedStride() + o, value);
            }
        }
    }

    /** Floats of {@link #transpose}. */
    long transposedSize() {
        return linear.keepsForwardCopy() ? 0 : in() * transposedStride();
    }

    // for the same reason as there
    private long transposedStride() {
        return out() + (long) Parameter.PADDING;
    }

    /** {@code y = x W^T} or added to what is in y, faster than {@link #forward} for few rows: with W^T made once for many calls. */
    void multiply(int rows, MemorySegment x, MemorySegment transposed, boolean accumulate, MemorySegment y) {
        if (linear.keepsForwardCopy()) {
            linear.forward(rows, x, weight.weight(), accumulate, y);
        } else {
            kernels.gemm(
                    false, false, rows, out(), in(), x, in(), transposed, transposedStride(), accumulate, y, out());
        }
    }

    /** {@code y = x W^T}. */
    void multiply(int rows, MemorySegment x, MemorySegment y) {
        linear.forward(rows, x, weight.weight(), false, y);
    }

    /** {@code y += b}. */
    void addBias(int rows, MemorySegment y) {
        if (bias != null) {
            kernels.addBias(y, rows, out(), bias.value());
        }
    }

    /** b; no memory at all where there is none. */
    MemorySegment bias() {
        return bias == null ? MemorySegment.NULL : bias.value();
    }

    void close() {
        linear.close();
    }
}
