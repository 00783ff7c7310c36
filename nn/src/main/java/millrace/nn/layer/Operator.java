package millrace.nn.layer;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import millrace.nn.tensor.Tensor;

/**
 * A layer's arithmetic: forward, backward to the input and backward to the weights as separate calls, so that a
 * schedule may place them. Batched tensors come in and go out, of 0 rows up to the largest micro-batch; nothing of a
 * micro-batch is kept between calls but in its workspace. One thread at a time.
 */
public interface Operator {
    /** What {@link #backwardInput} reads beside the output's gradient. */
    enum Needs {
        /** Nothing else. */
        NOTHING,
        /** What forward read. */
        INPUT,
        /** What forward wrote. */
        OUTPUT
    }

    /**
     * Where an operator is in the run.
     *
     * @param microBatch number counted over the whole run: with the layer it keys random numbers
     * @param training whether layers such as dropout are at work
     * @param workspace at least {@link Operator#workspace} floats, undefined before forward; empty where that is 0
     */
    record Pass(long microBatch, boolean training, MemorySegment workspace) {
        /** The pass of evaluation and prediction, for operators without a workspace. */
        public static final Pass INFERENCE = new Pass(0, false);

        /** The pass of an operator without a workspace. */
        public Pass(long microBatch, boolean training) {
            this(microBatch, training, MemorySegment.NULL);
        }

        /** The same pass through an operator that has a workspace. */
        public Pass with(MemorySegment memory) {
            return new Pass(microBatch, training, memory);
        }
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

    /** What {@link #backwardInput} reads beside the output's gradient: nothing for most. */
    default Needs needs() {
        return Needs.NOTHING;
    }

    /** Whether forward and backwardInput may write over what they read; never where there are weights. */
    default boolean inPlace() {
        return false;
    }

    /**
     * Floats that forward leaves for the backward calls of the same micro-batch, beside input and output: 0 for most.
     *
     * @param rows samples; more of them never need less
     */
    default long workspace(int rows) {
        return 0;
    }

    /** Whether backwardWeight reads what backwardInput has left in the workspace, and so must come after it. */
    default boolean weightAfterInput() {
        return false;
    }

    /** What {@link #backwardWeight} learns of micro-batches beside gradients: nothing for most. */
    default Optional<RunningStatistics> statistics() {
        return Optional.empty();
    }

    /** Frees what the operator holds outside the heap. */
    default void close() {}
}
