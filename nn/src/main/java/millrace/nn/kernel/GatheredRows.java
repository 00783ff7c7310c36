package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Gathers the rows of several micro-batches for one product {@code dW = dy^T x}. A gradient is as large as the weights, and
 * each product that is added to it reads and writes all of it, which takes longer than to multiply few rows; one product of
 * up to {@value #MOST} rows reads and writes it once.
 *
 * <p>Which rows go together, and so the bits, follows from the micro-batches and from when the gradient is read, and from
 * nothing else. One thread at a time.
 *
 * <p>A gradient that was put off is made block after block of its rows, so that an optimizer that waits for nothing else steps
 * each block while it is in the cache. The blocks are the same whether it does so or reads the gradient as a whole: on some
 * processor the bits might follow them.
 */
public final class GatheredRows {
    /** Rows that are gathered at most: more make a product hardly faster, and what is held would leave the cache. */
    public static final int MOST = 256;

    // smaller blocks cost the product more than they gain the step (docs/decisions/onednn.md)
    private static final int BLOCK_BYTES = 8 << 20;
    // rather a little more than that than a block of few rows at the end
    private static final int BLOCK_STEP = 4 * Linear.PADDING;

    /** Who holds the rows, and multiplies them. */
    public interface Products {
        /**
         * Keeps rows behind so many that are held.
         *
         * @param x rows x in
         * @param stride floats from one row of dy to the next
         */
        void hold(int before, int rows, MemorySegment x, MemorySegment dy, long stride);

        /**
         * Some rows of {@code dW = dy^T x} of so many rows that are held, or added to what is there.
         *
         * @param from first row of the gradient
         * @param count rows of the gradient
         * @param part the gradient from there on
         */
        void multiplyHeld(int rows, boolean accumulate, int from, int count, MemorySegment part);

        /** {@code dW = dy^T x} of rows that have nothing to wait for, or added to what is there. */
        void multiply(
                int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient);
    }

    private final Products products;
    private final Linear.Sizes sizes;
    private final int block;
    private final boolean waits;
    private final boolean gathers;
    private MemorySegment target = MemorySegment.NULL;
    private int held;
    private boolean adds = true;

    /**
     * @param sizes of the weight matrix
     * @param waits whether rows may wait until the gradient is read, such as by the optimizer's step
     * @param gathers whether they become one product with those of other micro-batches
     */
    public GatheredRows(Products products, Linear.Sizes sizes, boolean waits, boolean gathers) {
        this.products = products;
        this.sizes = sizes;
        long rows = BLOCK_BYTES / (sizes.stride() * Float.BYTES);
        this.block = Math.toIntExact((rows + BLOCK_STEP) / BLOCK_STEP * BLOCK_STEP);
        this.waits = waits;
        this.gathers = gathers;
    }

    /** Whether rows wait until the gradient is read. */
    public boolean waits() {
        return waits;
    }

    /** As {@link Linear#backwardWeight}. */
    public void add(
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
        if (!gathers || held + rows > MOST) {
            finish();
        }
        // more than is ever held
        if (!waits || rows > MOST) {
            products.multiply(rows, x, dy, stride, adds, gradient);
            adds = true;
            return;
        }
        target = gradient;
        products.hold(held, rows, x, dy, stride);
        held += rows;
    }

    /** As {@link Linear#finishWeight}. */
    public void finish() {
        if (held > 0) {
            multiplyHeld((_, _) -> {});
        }
    }

    /** As {@link Linear#finishWeight(int, Linear.RowsMade)}. */
    public void finish(Linear.RowsMade then) {
        if (held > 0) {
            multiplyHeld(then);
        } else {
            then.made(0, sizes.out());
        }
    }

    private void multiplyHeld(Linear.RowsMade then) {
        for (int from = 0; from < sizes.out(); from += block) {
            int count = Math.min(block, sizes.out() - from);
            MemorySegment part = target.asSlice(from * sizes.stride() * Float.BYTES);
            products.multiplyHeld(held, adds, from, count, part);
            then.made(from, count);
        }
        held = 0;
        adds = true;
    }
}
