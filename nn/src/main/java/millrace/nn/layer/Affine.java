package millrace.nn.layer;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = x W^T + b} on rows of memory, with W: out x in, and its gradients: what several layers are made of.
 *
 * @param bias null where there is none
 */
record Affine(Kernels kernels, Parameter weight, @Nullable Parameter bias) {
    int in() {
        return weight.shape().dimension(1);
    }

    int out() {
        return weight.shape().dimension(0);
    }

    /** {@code y = x W^T + b}, or added to what is in y. */
    void forward(int rows, MemorySegment x, boolean accumulate, MemorySegment y) {
        kernels.gemm(
                false,
                true,
                rows,
                out(),
                in(),
                x,
                in(),
                weight.value(),
                weight.stride(),
                accumulate,
                y,
                out());
        if (bias != null) {
            kernels.addBias(y, rows, out(), bias.value());
        }
    }

    /** {@code dx = dy W}, or added to what is in dx. */
    void backwardInput(int rows, MemorySegment dy, boolean accumulate, MemorySegment dx) {
        kernels.gemm(
                false,
                false,
                rows,
                in(),
                out(),
                dy,
                out(),
                weight.value(),
                weight.stride(),
                accumulate,
                dx,
                in());
    }

    /** {@code dW = dy^T x} and {@code db = sum of dy}, or added to what is there. */
    void backwardWeight(int rows, MemorySegment x, MemorySegment dy, boolean accumulate) {
        kernels.gemm(
                true,
                false,
                out(),
                in(),
                rows,
                dy,
                out(),
                x,
                in(),
                accumulate,
                weight.gradient(),
                weight.stride());
        if (bias != null) {
            kernels.columnSums(dy, rows, out(), accumulate, bias.gradient());
        }
    }
}
