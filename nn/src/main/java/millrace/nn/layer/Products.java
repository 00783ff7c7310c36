package millrace.nn.layer;

/**
 * Multiply-adds of the products that a layer makes of one sample: of matrices and convolutions, those inside attention and
 * recurrent cells among them. A matrix product of m x k and k x n has m n k of them. What is done element by element
 * (activations, norms, biases, losses) is not counted: it costs memory traffic and few operations.
 *
 * @param forward of a forward (F)
 * @param backwardInput of a backward-input (I), which the model's first layer with weights leaves out
 * @param backwardWeight of a backward-weight (W)
 * @param first of the I that even the model's first layer does, because its W needs what I leaves behind; 0 for most
 */
public record Products(long forward, long backwardInput, long backwardWeight, long first) {
    /** Of a layer that makes none. */
    public static final Products NONE = new Products(0, 0, 0, 0);

    /** Of a layer whose passes are a product each with the same weights: as many in each. */
    public static Products alike(long each) {
        return new Products(each, each, each, 0);
    }

    /** The same of a layer whose W needs what I leaves behind, so that no I is left out. */
    public Products inputFirst() {
        return new Products(forward, backwardInput, backwardWeight, backwardInput);
    }

    /** Those of both. */
    public Products plus(Products other) {
        return new Products(
                forward + other.forward,
                backwardInput + other.backwardInput,
                backwardWeight + other.backwardWeight,
                first + other.first);
    }

    /** Those of this layer as the first with weights of a model. */
    public Products asFirst() {
        return new Products(forward, first, backwardWeight, first);
    }

    /** Those of all three passes. */
    public long all() {
        return forward + backwardInput + backwardWeight;
    }
}
