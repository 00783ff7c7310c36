package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The products of a weight matrix in float32 whose gradient is made when somebody reads it, of the rows of several micro-batches
 * at once where these are added up. The rows are copied, as what holds them is used for other micro-batches before their turn
 * comes.
 *
 * <p>The gradient is made block after block of its rows, so that an optimizer that waits for nothing else steps each block
 * while it is in the cache. The blocks are the same whether it does so or reads the gradient as a whole: on some processor the
 * bits might follow them.
 */
public final class GatheringLinear implements Linear, GatheredRows.Products {
    // smaller blocks cost the product more than they gain the step (docs/decisions/onednn.md)
    private static final int BLOCK_BYTES = 4 << 20;

    private final Linear each;
    private final Kernels kernels;
    private final Sizes sizes;
    private final int block;
    private final HeldRows inputs;
    private final HeldRows deltas;
    private final GatheredRows gathered;

    /**
     * @param each makes the products that are not put off, and is closed with this
     * @param kernels make the others
     * @param gathers whether rows of several micro-batches become one product
     */
    public GatheringLinear(Linear each, Kernels kernels, Sizes sizes, boolean gathers) {
        this.each = each;
        this.kernels = kernels;
        this.sizes = sizes;
        this.gathered = new GatheredRows(this, true, gathers);
        int rows = Math.toIntExact(BLOCK_BYTES / (sizes.stride() * Float.BYTES));
        this.block = Math.max(1, rows / PADDING) * PADDING;
        this.inputs = new HeldRows(sizes.in(), sizes.in());
        this.deltas = new HeldRows(sizes.out(), Linear.usualStride(GatheredRows.MOST, sizes.out()));
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        each.forward(rows, x, weight, accumulate, y);
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, MemorySegment bias, MemorySegment y) {
        each.forward(rows, x, weight, bias, y);
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
    public void finishWeight(int out, RowsMade then) {
        gathered.finish(out, then);
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
        multiplyHeld(rows, accumulate, gradient, sizes.out(), (from, count) -> {});
    }

    @Override
    public void multiplyHeld(int rows, boolean accumulate, MemorySegment gradient, int out, RowsMade then) {
        int in = sizes.in();
        for (int from = 0; from < out; from += block) {
            int count = Math.min(block, out - from);
            MemorySegment dy = deltas.memory().asSlice((long) from * Float.BYTES);
            MemorySegment part = gradient.asSlice(from * sizes.stride() * Float.BYTES);
            kernels.gemm(
                    true,
                    false,
                    count,
                    in,
                    rows,
                    dy,
                    deltas.stride(),
                    inputs.memory(),
                    in,
                    accumulate,
                    part,
                    sizes.stride());
            then.made(from, count);
        }
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
