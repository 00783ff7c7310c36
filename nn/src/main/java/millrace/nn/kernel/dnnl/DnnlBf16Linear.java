package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import millrace.nn.kernel.Linear;

/**
 * The products of a weight matrix by a processor's own bfloat16 instructions, which add up in float32. Of the weights
 * there are two rounded copies, one for each product; the other factors are rounded for each product.
 *
 * <p>A gradient as large as the weights is read and written by each product that is added to it, which takes longer than
 * multiplying few rows. So the rounded rows of several micro-batches are held for one product, where that is allowed: bits
 * then follow from which micro-batches lie between two readings of the gradient.
 */
final class DnnlBf16Linear implements Linear {
    private static final int MOST_HELD_ROWS = 256;

    private record Held(int rows, boolean accumulate) {}

    private final Sizes sizes;
    private final boolean putsOff;
    private final DnnlProducts products;
    private final DnnlPackedWeight forForward;
    private final DnnlPackedWeight forInput;
    private final DnnlRoundedRows forwardRows;
    private final DnnlRoundedRows backwardRows;
    private final DnnlRoundedRows inputs;
    private final DnnlRoundedRows deltas;
    private final Map<Held, DnnlPrimitive> gradients = new HashMap<>();
    private MemorySegment target = MemorySegment.NULL;
    private int held;
    private boolean adds = true;

    /**
     * @param putsOff whether rows of several micro-batches may become one product
     */
    DnnlBf16Linear(OneDnn library, Sizes sizes, boolean putsOff) {
        int in = sizes.in();
        int out = sizes.out();
        long stride = sizes.stride();
        this.sizes = sizes;
        this.putsOff = putsOff;
        this.products = new DnnlProducts(library);
        this.forForward = new DnnlPackedWeight(products, DnnlApi.BF16, in, out, 1, stride);
        this.forInput = new DnnlPackedWeight(products, DnnlApi.BF16, out, in, stride, 1);
        this.inputs = new DnnlRoundedRows(products, in, putsOff ? MOST_HELD_ROWS : 0);
        this.deltas = new DnnlRoundedRows(products, out, putsOff ? MOST_HELD_ROWS : 0);
        this.forwardRows = new DnnlRoundedRows(products, in, 0);
        this.backwardRows = new DnnlRoundedRows(products, out, 0);
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        if (rows > 0) {
            forwardRows.put(0, rows, x, sizes.in());
            forForward.multiply(rows, forwardRows.memory(), weight, accumulate, y);
        }
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {
        if (rows > 0) {
            backwardRows.put(0, rows, dy, sizes.out());
            forInput.multiply(rows, backwardRows.memory(), weight, accumulate, dx);
        }
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        if (!accumulate) {
            held = 0;
            adds = false;
        }
        if (rows == 0) {
            if (!accumulate) {
                gradient.fill((byte) 0);
                adds = true;
            }
            return;
        }
        if (held + rows > MOST_HELD_ROWS) {
            finishWeight();
        }
        target = gradient;
        deltas.put(held, rows, dy, stride);
        inputs.put(held, rows, x, sizes.in());
        held += rows;
        // what leaves no room for others has nothing to wait for, and is in the cache now
        if (!putsOff || rows >= MOST_HELD_ROWS) {
            finishWeight();
        }
    }

    @Override
    public void finishWeight() {
        if (held > 0) {
            DnnlPrimitive product = gradients.computeIfAbsent(new Held(held, adds), this::product);
            products.run(product, deltas.memory(), inputs.memory(), target);
            held = 0;
            adds = true;
        }
    }

    private DnnlPrimitive product(Held size) {
        int in = sizes.in();
        int out = sizes.out();
        return products.product(
                products.matrix(DnnlApi.BF16, out, size.rows, 1, out),
                products.rows(DnnlApi.BF16, size.rows, in),
                products.matrix(DnnlApi.F32, out, in, sizes.stride(), 1),
                size.accumulate);
    }

    @Override
    public void close() {
        products.close();
    }
}
