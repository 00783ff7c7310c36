package millrace.nn.kernel;

/**
 * An element-wise function of a network.
 *
 * @param kind which function
 * @param slope for the leaky ReLU its slope left of zero, for ELU the depth that it falls to there; 0 for the others
 */
public record Activation(Kind kind, float slope) {
    /** max(x, 0). */
    public static final Activation RELU = new Activation(Kind.RELU, 0);
    /** 1 / (1 + exp(-x)). */
    public static final Activation SIGMOID = new Activation(Kind.SIGMOID, 0);
    /** The hyperbolic tangent. */
    public static final Activation TANH = new Activation(Kind.TANH, 0);
    /** x * Phi(x), the exact form. */
    public static final Activation GELU = new Activation(Kind.GELU, 0);
    /** x / (1 + exp(-x)). */
    public static final Activation SILU = new Activation(Kind.SILU, 0);

    /** The function's family. */
    public enum Kind {
        /** max(x, 0). */
        RELU,
        /** x right of zero, slope * x left of it. */
        LEAKY_RELU,
        /** 1 / (1 + exp(-x)). */
        SIGMOID,
        /** The hyperbolic tangent. */
        TANH,
        /** x * Phi(x) with the normal distribution function (the exact form, PyTorch's default). */
        GELU,
        /** x / (1 + exp(-x)), also called swish. */
        SILU,
        /** x right of zero, slope * (exp(x) - 1) left of it. */
        ELU;

        /** Whether the derivative is computed from the input; from the output otherwise. */
        public boolean savesInput() {
            return this == GELU || this == SILU;
        }
    }

    /**
     * x right of zero, alpha * (exp(x) - 1) left of it.
     *
     * @param alpha above 0, so that the output tells the input's sign
     */
    public static Activation elu(float alpha) {
        if (!(alpha > 0 && alpha < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "alpha: " + alpha + " (expected: above 0 and finite; PyTorch's default is 1)");
        }
        return new Activation(Kind.ELU, alpha);
    }

    /**
     * x right of zero, slope * x left of it.
     *
     * @param slope above 0, so that the output tells the input's sign
     */
    public static Activation leakyRelu(float slope) {
        if (!(slope > 0)) {
            throw new IllegalArgumentException("slope: " + slope + " (expected: above 0; PyTorch's default is 0.01)");
        }
        return new Activation(Kind.LEAKY_RELU, slope);
    }
}
