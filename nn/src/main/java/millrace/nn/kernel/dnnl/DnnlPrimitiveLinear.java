package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import millrace.nn.choice.Choice;
import millrace.nn.choice.Choice.Form;
import millrace.nn.kernel.ForwardingLinear;
import millrace.nn.kernel.Linear;
import org.jspecify.annotations.Nullable;

/**
 * The products of a weight matrix in float32 of which the forward pass, backward-input, or both are oneDNN's matmul primitives.
 * {@code x W^T} is slow as a plain product, because the columns of W have to be put together for it. The primitive does so with
 * less, or reads a copy in which it is done; where several micro-batches use the same weights, the copy pays
 * (docs/decisions/onednn.md).
 */
final class DnnlPrimitiveLinear extends ForwardingLinear {
    private final DnnlProducts products;
    private final @Nullable DnnlFactor forForward;
    private final @Nullable DnnlFactor forInput;

    /**
     * @param plain what makes the other products
     */
    DnnlPrimitiveLinear(OneDnn library, Linear plain, Sizes sizes, Choice choice) {
        super(plain);
        int in = sizes.in();
        int out = sizes.out();
        this.products = new DnnlProducts(library);
        this.forForward = factor(choice.forward(), new DnnlFactor.Matrix(DnnlApi.F32, in, out, 1, sizes.stride()));
        this.forInput = factor(choice.backwardInput(), new DnnlFactor.Matrix(DnnlApi.F32, out, in, sizes.stride(), 1));
    }

    private @Nullable DnnlFactor factor(Form form, DnnlFactor.Matrix matrix) {
        return switch (form) {
            case PLAIN -> null;
            case PRIMITIVE -> DnnlFactor.plain(products, matrix);
            case PACKED -> DnnlFactor.packed(products, matrix, DnnlApi.F32);
        };
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        if (forForward == null) {
            super.forward(rows, x, weight, accumulate, y);
        } else if (rows > 0) {
            forForward.multiply(rows, x, weight, accumulate, y);
        }
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, MemorySegment bias, MemorySegment y) {
        if (forForward == null) {
            super.forward(rows, x, weight, bias, y);
        } else if (rows > 0) {
            forForward.multiply(rows, x, weight, bias, y);
        }
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {
        if (forInput == null) {
            super.backwardInput(rows, dy, weight, accumulate, dx);
        } else if (rows > 0) {
            forInput.multiply(rows, dy, weight, accumulate, dx);
        }
    }

    @Override
    public void close() {
        products.close();
        super.close();
    }
}
