package millrace.nn.layer;

import static millrace.nn.layer.Workspace.part;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.RecurrentKernels.Rows;
import millrace.nn.layer.Recurrent.Cell;
import millrace.nn.tensor.Tensor;

/**
 * The arithmetic of {@link Recurrent}. Inside, time comes first: the rows of one step lie together, so that the sums over
 * the inputs of all steps are one product, and so are all gradients of the weights; only the sums over the state before
 * are a product a step.
 *
 * @param columns of a position of the output: the states, or with a second direction those of both
 * @param reversed whether this is the second direction, which begins with the last step: then time runs backwards inside,
 *     the states are the last columns of the output, and the gradient is added to that of the first direction
 */
record RecurrentOperator(
        Cell cell, Kernels kernels, int steps, Affine fromInput, Affine fromState, int columns, boolean reversed)
        implements Operator {
    /**
     * What forward leaves: time first, B rows a step.
     *
     * @param inputs steps x B x I
     * @param sums steps x B x gates; forward turns them into gates, backward into their gradients
     * @param stateSums steps x B x gates of the GRU, which needs the sums over the state apart
     * @param states (steps + 1) x B x hidden, the first 0
     * @param cells (steps + 1) x B x hidden of the LSTM, the first 0
     * @param gradient B x hidden, scratch: with respect to the state
     * @param cellGradient B x hidden, scratch: with respect to the cell
     * @param transposed the weights of the state, transposed: the product of every step reads them
     * @param apart steps x B x gates, rows padded, scratch: gradients again, for the products that walk down their columns
     */
    private record Memory(
            MemorySegment inputs,
            MemorySegment sums,
            MemorySegment stateSums,
            MemorySegment states,
            MemorySegment cells,
            MemorySegment gradient,
            MemorySegment cellGradient,
            MemorySegment transposed,
            MemorySegment apart) {}

    private int hidden() {
        return fromState.in();
    }

    private int gates() {
        return fromState.out();
    }

    // as Parameter pads its rows, and for the same reason
    private long apartStride() {
        return gates() + 16L;
    }

    private Memory memory(Workspace workspace, long rows) {
        long sums = steps * rows * gates();
        long states = (steps + 1) * rows * hidden();
        return new Memory(
                workspace.take(steps * rows * fromInput.in()),
                workspace.take(sums),
                workspace.take(cell == Cell.GRU ? sums : 0),
                workspace.take(states),
                workspace.take(cell == Cell.LSTM ? states : 0),
                workspace.take(rows * hidden()),
                workspace.take(rows * hidden()),
                workspace.take(fromState.transposedSize()),
                workspace.take(steps * rows * apartStride()));
    }

    private Memory memory(Pass pass, int rows) {
        return memory(new Workspace(pass.workspace()), rows);
    }

    @Override
    public long workspace(int rows) {
        return Workspace.size(pieces -> memory(pieces, rows));
    }

    @Override
    public void forward(Pass pass, Tensor input, Tensor output) {
        int rows = input.rows();
        Memory memory = memory(pass, rows);
        timeFirst(input.memory(), rows, memory.inputs);
        fromInput.multiply(steps * rows, memory.inputs, memory.sums);
        fromState.transpose(memory.transposed);
        step(memory.states, 0, rows, hidden()).fill((byte) 0);
        if (cell == Cell.LSTM) {
            step(memory.cells, 0, rows, hidden()).fill((byte) 0);
        }
        for (int t = 0; t < steps; t++) {
            MemorySegment before = step(memory.states, t, rows, hidden());
            MemorySegment state = step(memory.states, t + 1, rows, hidden());
            MemorySegment sums = step(memory.sums, t, rows, gates());
            // step by step: the next product reads the sums again
            fromInput.addBias(rows, sums);
            if (cell == Cell.GRU) {
                MemorySegment stateSums = step(memory.stateSums, t, rows, gates());
                fromState.multiply(rows, before, memory.transposed, false, stateSums);
                fromState.addBias(rows, stateSums);
                kernels.recurrent().gru(sums, stateSums, before, state, rows, hidden());
                continue;
            }
            fromState.multiply(rows, before, memory.transposed, true, sums);
            if (cell == Cell.LSTM) {
                MemorySegment cellBefore = step(memory.cells, t, rows, hidden());
                MemorySegment cellAfter = step(memory.cells, t + 1, rows, hidden());
                kernels.recurrent().lstm(sums, fromState.bias(), cellBefore, cellAfter, state, rows, hidden());
            } else {
                fromState.addBias(rows, sums);
                kernels.activate(Activation.TANH, sums, state, (long) rows * hidden());
            }
        }
        long bytes = (long) hidden() * Float.BYTES;
        for (int t = 0; t < steps; t++) {
            for (int r = 0; r < rows; r++) {
                long from = ((long) (t + 1) * rows + r) * bytes;
                MemorySegment.copy(memory.states, from, output.memory(), outputAt(r, t) * Float.BYTES, bytes);
            }
        }
    }

    @Override
    public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
        int rows = outputGradient.rows();
        Memory memory = memory(pass, rows);
        memory.gradient.fill((byte) 0);
        memory.cellGradient.fill((byte) 0);
        for (int t = steps - 1; t >= 0; t--) {
            MemorySegment sums = step(memory.sums, t, rows, gates());
            MemorySegment before = step(memory.states, t, rows, hidden());
            MemorySegment stateSums = sums;
            switch (cell) {
                case LSTM -> {
                    MemorySegment cellBefore = step(memory.cells, t, rows, hidden());
                    MemorySegment cellAfter = step(memory.cells, t + 1, rows, hidden());
                    kernels.recurrent()
                            .lstmBackward(
                                    sums,
                                    cellBefore,
                                    cellAfter,
                                    memory.gradient,
                                    new Rows(outputGradient.memory(), outputAt(0, t), (long) steps * columns),
                                    memory.cellGradient,
                                    rows,
                                    hidden());
                }
                case GRU -> {
                    addStep(outputGradient.memory(), t, rows, memory.gradient);
                    stateSums = step(memory.stateSums, t, rows, gates());
                    kernels.recurrent().gruBackward(sums, stateSums, before, memory.gradient, rows, hidden());
                }
                case RNN -> {
                    addStep(outputGradient.memory(), t, rows, memory.gradient);
                    MemorySegment state = step(memory.states, t + 1, rows, hidden());
                    kernels.activateBackward(Activation.TANH, state, memory.gradient, sums, (long) rows * hidden());
                }
            }
            // of a GRU a part of the gradient is there already
            fromState.backwardInput(rows, stateSums, cell == Cell.GRU, memory.gradient);
        }
        // the inputs' place: backwardWeight has them again from the layer's input
        fromInput.backwardInput(steps * rows, memory.sums, false, memory.inputs);
        sampleFirst(memory.inputs, rows, inputGradient.memory());
    }

    @Override
    public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
        int rows = input.rows();
        Memory memory = memory(pass, rows);
        timeFirst(input.memory(), rows, memory.inputs);
        int all = steps * rows;
        MemorySegment before = part(memory.states, 0, (long) all * hidden());
        if (cell == Cell.GRU) {
            backwardBias(memory.sums, rows, memory.apart, accumulate, fromInput);
            fromInput.backwardWeight(all, memory.inputs, memory.apart, apartStride(), accumulate);
            backwardBias(memory.stateSums, rows, memory.apart, accumulate, fromState);
        } else {
            backwardBias(memory.sums, rows, memory.apart, accumulate, fromInput, fromState);
            fromInput.backwardWeight(all, memory.inputs, memory.apart, apartStride(), accumulate);
        }
        fromState.backwardWeight(all, before, memory.apart, apartStride(), accumulate);
    }

    /** Sets the gradients apart too, step by step: a whole sequence would leave the cache between one and the other. */
    private void backwardBias(
            MemorySegment gradients, int rows, MemorySegment apart, boolean accumulate, Affine... sums) {
        for (int t = 0; t < steps; t++) {
            MemorySegment ofStep = step(gradients, t, rows, gates());
            for (Affine affine : sums) {
                affine.backwardBias(rows, ofStep, accumulate || t > 0);
            }
            setApart(ofStep, rows, part(apart, (long) t * rows * apartStride(), (long) rows * apartStride()));
        }
    }

    private void setApart(MemorySegment source, int rows, MemorySegment target) {
        long bytes = (long) gates() * Float.BYTES;
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(source, r * bytes, target, r * apartStride() * Float.BYTES, bytes);
        }
    }

    private static MemorySegment step(MemorySegment memory, int step, int rows, int columns) {
        long size = (long) rows * columns;
        return part(memory, step * size, size);
    }

    /** The step of a sample that this direction comes to as its step {@code t}. */
    private int step(int t) {
        return reversed ? steps - 1 - t : t;
    }

    /** Where the state after step {@code t} of a sample lies in the output. */
    private long outputAt(int row, int t) {
        return ((long) row * steps + step(t)) * columns + (reversed ? columns - hidden() : 0);
    }

    private void timeFirst(MemorySegment samples, int rows, MemorySegment target) {
        long bytes = (long) fromInput.in() * Float.BYTES;
        for (int r = 0; r < rows; r++) {
            for (int t = 0; t < steps; t++) {
                MemorySegment.copy(
                        samples, ((long) r * steps + step(t)) * bytes, target, ((long) t * rows + r) * bytes, bytes);
            }
        }
    }

    private void sampleFirst(MemorySegment byTime, int rows, MemorySegment target) {
        int inputs = fromInput.in();
        for (int t = 0; t < steps; t++) {
            for (int r = 0; r < rows; r++) {
                MemorySegment from = part(byTime, ((long) t * rows + r) * inputs, inputs);
                MemorySegment to = part(target, ((long) r * steps + step(t)) * inputs, inputs);
                if (reversed) {
                    kernels.add(to, from, to, inputs);
                } else {
                    to.copyFrom(from);
                }
            }
        }
    }

    /** Adds one step of what lies row by row. */
    private void addStep(MemorySegment rowByRow, int step, int rows, MemorySegment sum) {
        for (int r = 0; r < rows; r++) {
            MemorySegment target = part(sum, (long) r * hidden(), hidden());
            kernels.add(target, part(rowByRow, outputAt(r, step), hidden()), target, hidden());
        }
    }

    @Override
    public boolean weightAfterInput() {
        return true;
    }

    @Override
    public void close() {
        fromInput.close();
        fromState.close();
    }
}
