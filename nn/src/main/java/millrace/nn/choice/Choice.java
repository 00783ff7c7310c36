package millrace.nn.choice;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How a weight matrix is multiplied. Other ways add up in another order, and so give other last bits.
 *
 * @param forward of {@code y = x W^T}
 * @param backwardInput of {@code dx = dy W}
 * @param padded whether the rows of the matrix, and of its gradient, are a cache line apart
 */
public record Choice(Form forward, Form backwardInput, boolean padded) {
    /** How a product is made. */
    public enum Form {
        /** Of the matrix as it lies in memory, by BLAS's product. */
        PLAIN,
        /** The same by the library's primitive for products, which brings the matrix into order as it goes. */
        PRIMITIVE,
        /** By the primitive too, of a copy in the layout that it wants, made anew for each version of the weights. */
        PACKED;

        /** The names of all of them, with this between each two. */
        static String names(String between) {
            return Arrays.stream(values()).map(Form::toString).collect(Collectors.joining(between));
        }

        /** The form of this name, which has to be one of {@link #names}. */
        static Form named(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether both products are plain ones. */
    public boolean isPlain() {
        return forward == Form.PLAIN && backwardInput == Form.PLAIN;
    }

    @Override
    public String toString() {
        return "forward " + forward + ", backward-input " + backwardInput + ", rows " + (padded ? "padded" : "close");
    }
}
