package millrace.nn.kernel;

/**
 * A window that moves over an image, as in PyTorch's Conv2d and MaxPool2d.
 *
 * @param down along the rows of the image
 * @param across along its columns
 */
public record Window(Edge down, Edge across) {
    /** A square that moves equally far in both directions. */
    public Window(int size, int stride, int padding, int dilation) {
        this(new Edge(size, stride, padding, dilation), new Edge(size, stride, padding, dilation));
    }

    /** Values of an image that lie under the window. */
    public int area() {
        return down.size * across.size;
    }

    /**
     * The window in one of its two directions.
     *
     * @param size rows (or columns) of the window
     * @param stride from one place to the next
     * @param padding rows (or columns) of zeros (of minus infinity for a maximum) on both sides of the image
     * @param dilation from one value of the window to the next; 1: neighbours
     */
    public record Edge(int size, int stride, int padding, int dilation) {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException when one is out of range; names it and the range
         */
        public Edge {
            if (size < 1 || stride < 1 || padding < 0 || dilation < 1) {
                throw new IllegalArgumentException("window: size " + size + ", stride " + stride + ", padding "
                        + padding + ", dilation " + dilation + " (expected: 1 or more, padding 0 or more)");
            }
        }

        /** Rows (or columns) that the window reaches over. */
        public int reach() {
            return dilation * (size - 1) + 1;
        }

        /** Where the window begins at one of its places; before the image, below 0, where it is padded. */
        public int first(int place) {
            return place * stride - padding;
        }

        /** Values of an image of that length that the window has under it, at one of its places. */
        public int valuesAt(int place, int length) {
            int values = 0;
            for (int i = 0; i < size; i++) {
                int at = first(place) + i * dilation;
                values += at >= 0 && at < length ? 1 : 0;
            }
            return values;
        }

        /**
         * Places of the window along an image of that length.
         *
         * @throws IllegalArgumentException when there is none
         */
        public int places(int length) {
            int left = length + 2 * padding - reach();
            if (left < 0) {
                throw new IllegalArgumentException("window of " + reach() + " on an image of " + length
                        + " with padding " + padding
                        + " (expected: at most as large); lower size or dilation, or raise padding");
            }
            return left / stride + 1;
        }
    }
}
