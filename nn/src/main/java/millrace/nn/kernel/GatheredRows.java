package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Gathers the rows of several micro-batches for one product {@code dW = dy^T x}. A gradient is as large as the weights, and
 * each product that is added to it reads and writes all of it, which takes longer than to multiply few rows; one product of
 * up to {@value #MOST} rows reads and writes it once.
 *
 * <p>Which rows go together, and so the bits, follows from the micro-batches and from when the gradient is read, and from
 * nothing else. One thread at a time.
 */
public final class GatheredRows {
    /** Rows that are gathered at most: more make a product hardly faster, and what is held would leave the cache. */
    public static final int MOST = 256;

    /** Who holds the rows, and multiplies them. */
    public interface Products {
        /**
         * Keeps rows behind so many that are held.
         *
         * @param x rows x in
         * @param stride floats from one row of dy to the next
         */
        void hold(int before, int rows, MemorySegment x, MemorySegment dy, long stride);

        /** {@code dW = dy^T x} of so many rows that are held, or added to what is there. */
        void multiplyHeld(int rows, boolean accumulate, MemorySegment gradient);

        /** The same, block after block of the gradient's rows, each of which is told of. */
        default void multiplyHeld(int rows, boolean accumulate, MemorySegment gradient, int out, Linear.RowsMade then) {
            multiplyHeld(rows, accumulate, gradient);
            then.made(0, out);
        }

        /** The same of rows that have nothing to wait for. */
        default void multiply(
                int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
            hold(0, rows, x, dy, stride);
            multiplyHeld(rows, accumulate, gradient);
        }
    }

    private final Products products;
    private final boolean waits;
    private final boolean gathers;
    private MemorySegment target = MemorySegment.NULL;
    private int held;
    private boolean adds = true;

    /**
     * @param waits whether rows may wait until the gradient is read, such as by the optimizer's step
     * @param gathers whether they become one product with those of other micro-batches
     */
    public GatheredRows(Products products, boolean waits, boolean gathers) {
        this.products = products;
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
            products.multiplyHeld(held, adds, target);
            held = 0;
            adds = true;
        }
    }

    /** As {@link Linear#finishWeight(int, Linear.RowsMade)}. */
    public void finish(int out, Linear.RowsMade then) {
        if (held == 0) {
            then.made(0, out);
            return;
        }
        products.multiplyHeld(held, adds, target, out, then);
        held = 0;
        adds = true;
    }
}
