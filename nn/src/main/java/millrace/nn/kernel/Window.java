package millrace.nn.kernel;

/**
 * A square window that moves over an image, as in PyTorch's Conv2d and MaxPool2d.
 *
 * @param size rows and columns of the window
 * @param stride from one place to the next
 * @param padding rows and columns of zeros (of minus infinity for a maximum) on each side of the image
 * @param dilation from one value of the window to the next; 1: neighbours
 */
public record Window(int size, int stride, int padding, int dilation) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public Window {
        if (size < 1 || stride < 1 || padding < 0 || dilation < 1) {
            throw new IllegalArgumentException("window: size " + size + ", stride " + stride + ", padding " + padding
                    + ", dilation " + dilation + " (expected: 1 or more, padding 0 or more)");
        }
    }

    /** Rows or columns that the window reaches over. */
    public int reach() {
        return dilation * (size - 1) + 1;
    }

    /** Values of an image that the window has under it along an edge, at one of its places. */
    public int valuesAt(int place, int edge) {
        int first = place * stride - padding;
        int values = 0;
        for (int i = 0; i < size; i++) {
            int at = first + i * dilation;
            values += at >= 0 && at < edge ? 1 : 0;
        }
        return values;
    }

    /**
     * Places of the window along an edge.
     *
     * @throws IllegalArgumentException when there is none
     */
    public int places(int edge) {
        int left = edge + 2 * padding - reach();
        if (left < 0) {
            throw new IllegalArgumentException("window of " + reach() + " on an image of " + edge + " with padding "
                    + padding + " (expected: at most as large); lower size or dilation, or raise padding");
        }
        return left / stride + 1;
    }
}
