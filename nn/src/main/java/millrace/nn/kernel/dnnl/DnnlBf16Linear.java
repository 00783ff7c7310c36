package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import millrace.nn.kernel.GatheredRows;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Linear;

/**
 * The products of a weight matrix by a processor's own bfloat16 instructions, which add up in float32. Of the weights
 * there is a rounded copy for each version; the other factors are rounded for each product.
 */
final class DnnlBf16Linear implements Linear, GatheredRows.Products {
    private record Held(int rows, int count, boolean accumulate) {}

    private final Sizes sizes;
    private final DnnlProducts products;
    private final DnnlBf16Weight weights;
    private final DnnlRoundedRows forwardRows;
    private final DnnlRoundedRows backwardRows;
    private final DnnlRoundedRows inputs;
    private final DnnlRoundedRows deltas;
    private final Map<Held, DnnlPrimitive> gradients = new HashMap<>();
    private final GatheredRows gathered;

    /**
     * @param sharing how many micro-batches use the same weights, and may become one product of their gradient
     */
    DnnlBf16Linear(OneDnn library, Sizes sizes, Kernels.Sharing sharing) {
        int in = sizes.in();
        int out = sizes.out();
        boolean gathers = sharing.gradients() > 1;
        this.sizes = sizes;
        // the rows have to be rounded in any case: to put a product off costs nothing more
        this.gathered = new GatheredRows(this, sizes, sharing.gradients() > 0, gathers);
        this.products = new DnnlProducts(library);
        this.weights = new DnnlBf16Weight(products, sizes, sharing.forwards());
        this.inputs = new DnnlRoundedRows(products, in, gathers ? GatheredRows.MOST : 0);
        this.deltas = new DnnlRoundedRows(products, out, gathers ? GatheredRows.MOST : 0);
        this.forwardRows = new DnnlRoundedRows(products, in, 0);
        this.backwardRows = new DnnlRoundedRows(products, out, 0);
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        if (rows > 0) {
            forwardRows.put(0, rows, x, sizes.in());
            weights.forward(rows, forwardRows.memory(), weight, accumulate, y);
        }
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, MemorySegment bias, MemorySegment y) {
        if (rows > 0) {
            forwardRows.put(0, rows, x, sizes.in());
            weights.forward(rows, forwardRows.memory(), weight, bias, y);
        }
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {
        if (rows > 0) {
            backwardRows.put(0, rows, dy, sizes.out());
            weights.backwardInput(rows, backwardRows.memory(), weight, accumulate, dx);
        }
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        gathered.add(rows, x, dy, stride, accumulate, gradient);
    }

    @Override
    public boolean keepsForwardCopy() {
        return true;
    }

    @Override
    public void finishWeight() {
        gathered.finish();
    }

    @Override
    public void finishWeight(int out, RowsMade then) {
        gathered.finish(then);
    }

    @Override
    public long gatheredBytes() {
        return gathered.waits() ? inputs.bytes() + deltas.bytes() : 0;
    }

    @Override
    public void hold(int before, int rows, MemorySegment x, MemorySegment dy, long stride) {
        deltas.put(before, rows, dy, stride);
        inputs.put(before, rows, x, sizes.in());
    }

    @Override
    public void multiplyHeld(int rows, boolean accumulate, int from, int count, MemorySegment part) {
        DnnlPrimitive product = gradients.computeIfAbsent(new Held(rows, count, accumulate), this::product);
        products.run(product, deltas.memory().asSlice((long) from * Short.BYTES), inputs.memory(), part);
    }

    @Override
    public void multiply(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        hold(0, rows, x, dy, stride);
        multiplyHeld(rows, accumulate, 0, sizes.out(), gradient);
    }

    private DnnlPrimitive product(Held size) {
        int in = sizes.in();
        return products.product(
                products.matrix(DnnlApi.BF16, size.count, size.rows, 1, sizes.out()),
                products.rows(DnnlApi.BF16, size.rows, in),
                products.matrix(DnnlApi.F32, size.count, in, sizes.stride(), 1),
                size.accumulate);
    }

    @Override
    public void close() {
        products.close();
    }
}
