package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of one fixed size on images, channel after channel and row after row (PyTorch's NCHW): what
 * {@link Kernels#convolution} makes, once for a layer. One thread at a time.
 */
public interface Convolution {
    /**
     * The sizes.
     *
     * @param channels of the input, a multiple of groups
     * @param height of the input
     * @param width of the input
     * @param outputs channels of the output, a multiple of groups
     * @param window that moves over the input
     * @param groups parts that channels and outputs are cut into, each output reading the channels of its part
     * @param filterStride floats from one output's filter to the next; filters are channels / groups x rows x columns
     *     of the window
     */
    record Sizes(int channels, int height, int width, int outputs, Window window, int groups, long filterStride) {
        /** Rows of an image that goes out. */
        public int outputHeight() {
            return window.down().places(height);
        }

        /** Columns of an image that goes out. */
        public int outputWidth() {
            return window.across().places(width);
        }

        /** Floats of a sample that comes in. */
        public long inputSize() {
            return (long) channels * height * width;
        }

        /** Floats of a sample that goes out. */
        public long outputSize() {
            return (long) outputs * outputHeight() * outputWidth();
        }
    }

    /**
     * Fills y.
     *
     * @param x rows x channels x height x width
     * @param bias outputs; null for none
     * @param y rows x outputs x output height x output width
     */
    void forward(int rows, MemorySegment x, MemorySegment filters, @Nullable MemorySegment bias, MemorySegment y);

    /** Fills dx with the gradient with respect to x. */
    void backwardInput(int rows, MemorySegment dy, MemorySegment filters, MemorySegment dx);

    /**
     * The gradient with respect to the filters.
     *
     * @param accumulate whether to add it to what is there
     */
    void backwardWeight(int rows, MemorySegment x, MemorySegment dy, boolean accumulate, MemorySegment gradient);

    /** Frees what is held outside the heap. */
    default void close() {}
}
