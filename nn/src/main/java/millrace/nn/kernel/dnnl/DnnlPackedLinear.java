package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import millrace.nn.choice.Choice;
import millrace.nn.choice.Choice.Form;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Linear;
import org.jspecify.annotations.Nullable;

/**
 * The products of a weight matrix in float32 that have copies of it, for the forward pass, for backward-input, or for both.
 * With few rows {@code x W^T} is slow on the matrix as it lies there, because its columns have to be put together for each
 * product; where several micro-batches use the same weights, a copy in which that is done pays.
 */
final class DnnlPackedLinear implements Linear {
    private final Kernels kernels;
    private final int out;
    private final Linear plain;
    private final DnnlProducts products;
    private final @Nullable DnnlFactor forForward;
    private final @Nullable DnnlFactor forInput;

    /**
     * @param kernels what adds biases
     * @param plain what makes the other products
     */
    DnnlPackedLinear(OneDnn library, Kernels kernels, Linear plain, Sizes sizes, Choice choice) {
        int in = sizes.in();
        this.kernels = kernels;
        this.out = sizes.out();
        this.plain = plain;
        this.products = new DnnlProducts(library);
        this.forForward = choice.forward() == Form.PACKED
                ? packed(new DnnlFactor.Matrix(DnnlApi.F32, in, out, 1, sizes.stride()))
                : null;
        this.forInput = choice.backwardInput() == Form.PACKED
                ? packed(new DnnlFactor.Matrix(DnnlApi.F32, out, in, sizes.stride(), 1))
                : null;
    }

    private DnnlFactor packed(DnnlFactor.Matrix matrix) {
        return DnnlFactor.packed(products, matrix, DnnlApi.F32);
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        if (forForward == null) {
            plain.forward(rows, x, weight, accumulate, y);
        } else if (rows > 0) {
            forForward.multiply(rows, x, weight, accumulate, y);
        }
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, MemorySegment bias, MemorySegment y) {
        forward(rows, x, weight, false, y);
        kernels.addBias(y, rows, out, bias);
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {
        if (forInput == null) {
            plain.backwardInput(rows, dy, weight, accumulate, dx);
        } else if (rows > 0) {
            forInput.multiply(rows, dy, weight, accumulate, dx);
        }
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        plain.backwardWeight(rows, x, dy, stride, accumulate, gradient);
    }

    @Override
    public void finishWeight() {
        plain.finishWeight();
    }

    @Override
    public void close() {
        products.close();
        plain.close();
    }
}
