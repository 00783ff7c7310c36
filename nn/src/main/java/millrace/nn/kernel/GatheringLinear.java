package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The products of a weight matrix in float32 whose gradient is made of the rows of several micro-batches at once. The rows
 * are copied, as what holds them is used for other micro-batches before their turn comes.
 */
public final class GatheringLinear implements Linear, GatheredRows.Products {
    private final Linear each;
    private final Sizes sizes;
    private final HeldRows inputs;
    private final HeldRows deltas;
    private final GatheredRows gathered = new GatheredRows(this, true);

    /**
     * @param each makes the products, and is closed with this
     */
    public GatheringLinear(Linear each, Sizes sizes) {
        this.each = each;
        this.sizes = sizes;
        this.inputs = new HeldRows(sizes.in(), sizes.in());
        this.deltas = new HeldRows(sizes.out(), Linear.usualStride(GatheredRows.MOST, sizes.out()));
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        each.forward(rows, x, weight, accumulate, y);
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {
        each.backwardInput(rows, dy, weight, accumulate, dx);
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
    public long gatheredBytes() {
        return inputs.bytes() + deltas.bytes();
    }

    @Override
    public void hold(int before, int rows, MemorySegment x, MemorySegment dy, long stride) {
        inputs.put(before, rows, x, sizes.in());
        deltas.put(before, rows, dy, stride);
    }

    @Override
    public void multiplyHeld(int rows, boolean accumulate, MemorySegment gradient) {
        each.backwardWeight(rows, inputs.memory(), deltas.memory(), deltas.stride(), accumulate, gradient);
    }

    @Override
    public void multiply(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        each.backwardWeight(rows, x, dy, stride, accumulate, gradient);
    }

    @Override
    public void close() {
        each.close();
        inputs.close();
        deltas.close();
    }
}
