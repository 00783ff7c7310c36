package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The products of a weight matrix in float32 whose gradient is made when somebody reads it, of the rows of several micro-batches
 * at once where these are added up. The rows are copied, as what holds them is used for other micro-batches before their turn
 * comes.
 */
public final class GatheringLinear extends ForwardingLinear implements GatheredRows.Products {
    private final Kernels kernels;
    private final Sizes sizes;
    private final HeldRows inputs;
    private final HeldRows deltas;
    private final GatheredRows gathered;

    /**
     * @param each makes the products that are not put off, and is closed with this
     * @param kernels make the others
     * @param gathers whether rows of several micro-batches become one product
     */
    public GatheringLinear(Linear each, Kernels kernels, Sizes sizes, boolean gathers) {
        super(each);
        this.kernels = kernels;
        this.sizes = sizes;
        this.gathered = new GatheredRows(this, sizes, true, gathers);
        // both padded: where a block of the gradient has few rows, oneDNN reads them as they lie, down their columns
        this.inputs = new HeldRows(sizes.in(), Linear.usualStride(GatheredRows.MOST, sizes.in()));
        this.deltas = new HeldRows(sizes.out(), Linear.usualStride(GatheredRows.MOST, sizes.out()));
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        gathered.add(rows, x, dy, stride, accumulate, gradient);
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
        return inputs.bytes() + deltas.bytes();
    }

    @Override
    public void hold(int before, int rows, MemorySegment x, MemorySegment dy, long stride) {
        inputs.put(before, rows, x, sizes.in());
        deltas.put(before, rows, dy, stride);
    }

    @Override
    public void multiplyHeld(int rows, boolean accumulate, int from, int count, MemorySegment part) {
        int in = sizes.in();
        MemorySegment dy = deltas.memory().asSlice((long) from * Float.BYTES);
        kernels.gemm(
                true,
                false,
                count,
                in,
                rows,
                dy,
                deltas.stride(),
                inputs.memory(),
                inputs.stride(),
                accumulate,
                part,
                sizes.stride());
    }

    @Override
    public void multiply(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        others.backwardWeight(rows, x, dy, stride, accumulate, gradient);
    }

    @Override
    public void close() {
        super.close();
        inputs.close();
        deltas.close();
    }
}
