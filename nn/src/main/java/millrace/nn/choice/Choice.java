package millrace.nn.choice;

import java.util.Locale;

/**
 * How a weight matrix is multiplied. Other ways add up in another order, and so give other last bits.
 *
 * @param forward of {@code y = x W^T}
 * @param backwardInput of {@code dx = dy W}
 * @param padded whether the rows of the matrix, and of its gradient, are a cache line apart
 */
public record Choice(Form forward, Form backwardInput, boolean padded) {
    /** What a product reads. */
    public enum Form {
        /** The matrix as it lies in memory. */
        PLAIN,
        /** A copy in the layout that the product wants, made anew for each version of the weights. */
        PACKED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether a product reads a copy. */
    public boolean packs() {
        return forward == Form.PACKED || backwardInput == Form.PACKED;
    }

    @Override
    public String toString() {
        return "forward " + forward + ", backward-input " + backwardInput + ", rows " + (padded ? "padded" : "close");
    }
}
