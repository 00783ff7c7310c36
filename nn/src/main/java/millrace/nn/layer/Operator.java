package millrace.nn.layer;

import millrace.nn.tensor.Tensor;

/**
 * A layer's arithmetic: forward, backward to the input and backward to the weights as separate calls, so that a
 * schedule may place them. Batched tensors come in and go out; nothing is kept between calls but the parameters.
 */
public interface Operator {
    /** What {@link #backwardInput} reads beside the output's gradient. */
    enum Needs {
        NOTHING,
        INPUT,
        OUTPUT
    }

    /**
     * Where an operator is in the run.
     *
     * @param microBatch number counted over the whole run: with the layer it keys random numbers
     * @param training whether layers such as dropout are at work
     */
    record Pass(long microBatch, boolean training) {
        /** The pass of evaluation and prediction. */
        public static final Pass INFERENCE = new Pass(0, false);
    }

    /** Computes {@code output} from {@code input}. */
    void forward(Pass pass, Tensor input, Tensor output);

    /**
     * Computes the loss's gradient with respect to the input (I).
     *
     * @param saved the input or output, as {@link #needs()} asks; the output gradient again when it asks for nothing
     */
    void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient);

    /**
     * Computes the loss's gradient with respect to the parameters (W).
     *
     * @param accumulate whether to add to the gradients of earlier micro-batches of the batch, or to replace them
     */
    default void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {}

    /** What {@link #backwardInput} reads beside the output's gradient. */
    Needs needs();

    /** Whether forward and backwardInput may write over what they read. */
    boolean inPlace();
}
