package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Linear;

/**
 * The products of a weight matrix in float32 that have a copy of it for the forward pass. With few rows {@code x W^T} is
 * slow on the matrix as it lies there, because its columns have to be put together for each product; where several
 * micro-batches use the same weights, a copy in which that is done pays.
 */
final class DnnlPackedLinear implements Linear {
    private final Linear plain;
    private final DnnlProducts products;
    private final DnnlPackedWeight forForward;

    DnnlPackedLinear(OneDnn library, Linear plain, Sizes sizes) {
        this.plain = plain;
        this.products = new DnnlProducts(library);
        this.forForward = new DnnlPackedWeight(products, DnnlApi.F32, sizes.in(), sizes.out(), 1, sizes.stride());
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        if (rows > 0) {
            forForward.multiply(rows, x, weight, accumulate, y);
        }
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {
        plain.backwardInput(rows, dy, weight, accumulate, dx);
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        plain.backwardWeight(rows, x, dy, stride, accumulate, gradient);
    }

    @Override
    public void close() {
        products.close();
        plain.close();
    }
}
