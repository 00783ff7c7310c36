package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Pooling of images of one fixed size: a window moves over each plane of height x width values, and each of its places gives
 * one value of the plane that goes out. Planes (rows x channels of them) lie one after the other. {@link Kernels#pooling}
 * makes it, once for a layer; it keeps nothing between calls.
 */
public interface Pooling {
    /** Values of a plane that goes out. */
    int places();

    /**
     * The largest value under the window: the first of equal ones, the last that is not a number if any is.
     *
     * @param x planes x height x width
     * @param y planes x {@link #places()}, filled
     * @param places as large as y, filled with where each value was, an integer within its plane
     */
    void largest(MemorySegment x, MemorySegment y, MemorySegment places, long planes);

    /**
     * Fills dx with the gradient of {@link #largest} with respect to x.
     *
     * @param places as {@link #largest} has filled it
     */
    void largestBackward(MemorySegment places, MemorySegment dy, MemorySegment dx, long planes);

    /** The sum under the window, over zeros at the edge, divided by the window's size. */
    void average(MemorySegment x, MemorySegment y, long planes);

    /** Fills dx with the gradient of {@link #average} with respect to x. */
    void averageBackward(MemorySegment dy, MemorySegment dx, long planes);
}
