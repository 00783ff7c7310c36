package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/** One time step of recurrent cells, element by element; the products are done before and after. */
public interface RecurrentKernels {
    /**
     * Rows within a larger memory.
     *
     * @param first float of the first one
     * @param stride floats from one to the next
     */
    record Rows(MemorySegment memory, long first, long stride) {
        /** Floats from the beginning of the first to the end of the last of so many rows, one or more. */
        public long span(int rows, int columns) {
            return (rows - 1) * stride + columns;
        }
    }

    /**
     * LSTM (Hochreiter and Schmidhuber 1997, with forget gates): {@code c = f * before + i * g; h = o * tanh(c)}.
     *
     * @param gates rows x 4 hidden, in PyTorch's order i, f, g, o; sums in, their sigmoids (g: tanh) out
     * @param bias 4 hidden, added to the sums before; or no memory at all
     * @param before rows x hidden, the cell of the step before
     * @param cell rows x hidden, filled with c
     * @param output rows x hidden, filled with h
     */
    void lstm(
            MemorySegment gates,
            MemorySegment bias,
            MemorySegment before,
            MemorySegment cell,
            MemorySegment output,
            int rows,
            int hidden);

    /**
     * The gradients of {@link #lstm}.
     *
     * @param gates what lstm has made; replaced by the gradient with respect to the sums
     * @param cell what lstm has made; replaced by its tanh
     * @param stateGradient rows x hidden, with respect to h from the step after
     * @param outputGradient rows x hidden, with respect to h where it is this step's output; the two are added up
     * @param cellGradient rows x hidden, with respect to c from the step after; replaced by that with respect to before
     */
    void lstmBackward(
            MemorySegment gates,
            MemorySegment before,
            MemorySegment cell,
            MemorySegment stateGradient,
            Rows outputGradient,
            MemorySegment cellGradient,
            int rows,
            int hidden);

    /**
     * GRU (Cho et al. 2014, in PyTorch's form): {@code n = tanh(x_n + r * h_n); h = (1 - z) n + z before}.
     *
     * @param inputs rows x 3 hidden, in PyTorch's order r, z, n: the sums over the input; r, z and n out
     * @param states rows x 3 hidden: the sums over the state before
     * @param before rows x hidden, the state of the step before
     * @param output rows x hidden, filled with h
     */
    void gru(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment output,
            int rows,
            int hidden);

    /**
     * The gradients of {@link #gru}.
     *
     * @param inputs what gru has made; replaced by the gradient with respect to the sums over the input
     * @param states replaced by the gradient with respect to the sums over the state before
     * @param outputGradient rows x hidden, with respect to h; replaced by that part of the gradient with respect to
     *     before that does not go through the sums
     */
    void gruBackward(
            MemorySegment inputs,
            MemorySegment states,
            MemorySegment before,
            MemorySegment outputGradient,
            int rows,
            int hidden);
}
