package millrace.nn.stage;

import static millrace.nn.stage.Stash.held;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.IntConsumer;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Branch;
import millrace.nn.layer.GradientClock;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Operator.Needs;
import millrace.nn.layer.Operator.Pass;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.RunningStatistics;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.MeteredArena;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A run of neighbouring layers with its weights: forward, backward-input and backward-weight for several micro-batches
 * at once. Between them it keeps exactly the tensors that the remaining calls need. Gradients of a batch must be
 * computed in ascending micro-batch order, whatever the schedule: that is what makes a pipeline equal to plain
 * accumulation to the bit.
 *
 * <p>Tensors passed in come with one hold, which the run takes over; tensors returned carry one hold for the caller.
 * One thread at a time.
 */
public final class LayerRun implements AutoCloseable {
    /** Nobody wants to know when a layer's gradients are made. */
    static final IntConsumer NOBODY = layer -> {};

    private final Kernels kernels;
    private final SecondForwards second;
    private final MeteredArena arena = new MeteredArena();
    private final List<Layer> layers;
    private final List<Operator> operators = new ArrayList<>();
    private final List<List<Parameter>> parameters = new ArrayList<>();
    private final List<Parameter> buffers = new ArrayList<>();
    private final GradientClock clock = new GradientClock();
    private final RunMemory memory;
    private final boolean[] writesOver;
    private final boolean[] writesOverDelta;
    // the lowest layer whose input gradient nobody needs; -1 where the stage before waits for it
    private final int lowest;
    private final Stashes stashes = new Stashes();
    private final int firstLayer;
    private IntConsumer made = NOBODY;

    /** A run that keeps what its backwards read. */
    public LayerRun(Model model, Partition.Range range, int maxRows, long seed, int inFlight, Kernels kernels) {
        this(model, range, maxRows, seed, inFlight, kernels, Keep.ACTIVATIONS);
    }

    /** A run whose messages are float32. */
    public LayerRun(
            Model model, Partition.Range range, int maxRows, long seed, int inFlight, Kernels kernels, Keep keep) {
        this(model, range, maxRows, seed, inFlight, kernels, keep, Messages.PLAIN);
    }

    /**
     * A run of layers with freshly drawn weights.
     *
     * @param range which layers of the model
     * @param maxRows samples of the largest micro-batch
     * @param seed of the weights and of random layers
     * @param inFlight micro-batches that may be between forward and backward-weight at once, here or at a neighbour
     *     that still reads what was sent to it
     * @param messages what goes out and comes in, and where within the run it would
     */
    LayerRun(
            Model model,
            Partition.Range range,
            int maxRows,
            long seed,
            int inFlight,
            Kernels kernels,
            Keep keep,
            Messages messages) {
        this.kernels = kernels;
        this.second = new SecondForwards(keep, range);
        this.firstLayer = range.from();
        this.layers = model.layers().subList(range.from(), range.to());
        boolean[] weights = new boolean[layers.size()];
        for (int i = 0; i < layers.size(); i++) {
            int index = range.from() + i;
            List<Parameter> own = new ArrayList<>();
            model.parameters(index)
                    .forEach(spec -> own.add(new Parameter(arena, index, own.size(), spec, seed, kernels::stride)));
            own.forEach(parameter -> parameter.timedBy(clock));
            weights[i] = !own.isEmpty();
            parameters.add(List.copyOf(own));
            model.buffers(index)
                    .forEach(spec -> own.add(new Parameter(arena, index, own.size(), spec, seed, kernels::stride)));
            buffers.addAll(own.subList(parameters.get(i).size(), own.size()));
            operators.add(layers.get(i)
                    .operator(model.shapeBefore(index), List.copyOf(own), kernels, new Layer.RandomKey(seed, index)));
        }
        // a neighbour may still hold what was sent while the second forward makes it again
        int outputs = second.isEmpty() ? inFlight : 2 * inFlight;
        this.memory = new RunMemory(arena, model, range, operators, maxRows, inFlight, outputs, kernels, messages);
        this.writesOver = WriteOver.forward(
                layers,
                operators,
                weights,
                second,
                model.shapesBefore(range.from()).size());
        this.writesOverDelta = WriteOver.backward(
                layers, operators, weights, model.shapesBefore(range.to()).size());
        this.lowest = range.from() == 0 ? model.firstWithWeights() : -1;
    }

    private boolean hasWeights(int layer) {
        return !parameters.get(layer).isEmpty();
    }

    /** The forward pass of training (F). */
    public Tensor forward(long microBatch, Tensor input) {
        Stash stash = new Stash(new Pass(microBatch, true), layers.size());
        stashes.put(microBatch, stash);
        if (second.beginWith(0)) {
            stash.arrived = input.retain();
        }
        Tensor output = forward(stash.pass, input, stash);
        stashes.count(stash);
        return output;
    }

    /** The forward pass of evaluation and prediction: nothing is kept. */
    public Tensor infer(Tensor input) {
        return forward(Pass.INFERENCE, input, null);
    }

    private Tensor forward(Pass pass, Tensor input, @Nullable Stash stash) {
        Deque<Tensor> kept = memory.receiveForward(input);
        Tensor current = kept.pop();
        for (int i = 0; i < layers.size(); i++) {
            if (memory.isCut(i)) {
                current = memory.passForward(i, current, kept);
            }
            if (stash != null && i > 0 && second.beginWith(i)) {
                stash.begin(i, current, kept);
            }
            current = forward(i, pass, current, kept, second.has(i) ? null : stash);
        }
        return memory.sendForward(current, kept);
    }

    /** One layer's forward; takes over one hold of what it reads and returns its output with one. */
    private Tensor forward(int i, Pass pass, Tensor current, Deque<Tensor> kept, @Nullable Stash stash) {
        if (layers.get(i) instanceof Branch branch) {
            return point(i, branch, Branch.FORK, current, kept);
        }
        Operator operator = operators.get(i);
        Tensor output = writesOver[i]
                ? current.reshape(memory.shapeAfter(i, current.rows()))
                : memory.takeOutput(i, current.rows());
        Tensor workspace = memory.takeWorkspace(i, current.rows());
        operator.forward(workspace == null ? pass : pass.with(workspace.memory()), current, output);
        if (stash != null) {
            stash.workspaces[i] = workspace;
            if (operator.needs() == Needs.INPUT || hasWeights(i)) {
                stash.inputs[i] = current.retain();
            }
            if (operator.needs() == Needs.OUTPUT) {
                stash.outputs[i] = output.retain();
            }
        } else if (workspace != null) {
            workspace.release();
        }
        if (!writesOver[i]) {
            current.release();
        }
        return output;
    }

    /**
     * A branch point, forward or backward.
     *
     * @param keeping the point that keeps a tensor in this direction; the other end adds it
     */
    private Tensor point(int layer, Branch branch, Branch keeping, Tensor current, Deque<Tensor> kept) {
        if (branch == keeping) {
            kept.push(current.retain());
            return current;
        }
        Tensor other = kept.pop();
        if (branch == Branch.SHORTCUT) {
            kept.push(current);
            return other;
        }
        boolean forward = keeping == Branch.FORK;
        boolean over = forward ? writesOver[layer] : writesOverDelta[layer];
        Tensor sum = current;
        if (!over) {
            sum = forward ? memory.takeOutput(layer, current.rows()) : memory.takeGradient(layer, current.rows());
        }
        kernels.add(
                current.memory(), other.memory(), sum.memory(), current.shape().size());
        other.release();
        if (!over) {
            current.release();
        }
        return sum;
    }

    /**
     * The second forward (R) of those layers whose activations are not kept; a backward without one before it does this first.
     *
     * @throws IllegalStateException when there is no input of the micro-batch, or no more
     */
    public void recompute(long microBatch) {
        Stash stash = stashes.of(microBatch);
        if (second.isEmpty() || stash.complete) {
            throw new IllegalStateException("second forward of micro-batch " + microBatch
                    + " (expected: once, after the first, of a run that keeps inputs)");
        }
        for (Partition.Range run : second.runs()) {
            Deque<Tensor> kept =
                    run.from() == 0 ? memory.receiveForward(stash.takeArrived()) : stash.takeBegin(run.from());
            Tensor current = kept.pop();
            for (int i = run.from(); i < run.to(); i++) {
                if (i > run.from() && memory.isCut(i)) {
                    current = memory.passForward(i, current, kept);
                }
                current = forward(i, stash.pass, current, kept, stash);
            }
            current.release();
            kept.forEach(Tensor::release);
        }
        stash.complete = true;
        stashes.count(stash);
    }

    /** The full backward pass (B): backward-input and backward-weight, layer by layer from the last. */
    public @Nullable Tensor backward(long microBatch, Tensor outputGradient, boolean accumulate) {
        return backward(microBatch, outputGradient, true, accumulate);
    }

    /** Backward-input (I): what backward-weight needs is kept until {@link #backwardWeight}. */
    public @Nullable Tensor backwardInput(long microBatch, Tensor outputGradient) {
        return backward(microBatch, outputGradient, false, false);
    }

    /**
     * @param withWeights whether to compute the weights' gradients on the way, while the deltas are in the cache
     * @return the error delta for the stage before, null for the first stage
     */
    private @Nullable Tensor backward(long microBatch, Tensor outputGradient, boolean withWeights, boolean accumulate) {
        Stash stash = stashes.of(microBatch);
        if (!second.isEmpty() && !stash.complete) {
            recompute(microBatch);
        }
        Deque<Tensor> kept = memory.receiveBack(outputGradient);
        Tensor gradient = kept.pop();
        for (int i = layers.size() - 1; i >= Math.max(0, lowest); i--) {
            if (layers.get(i) instanceof Branch branch) {
                gradient = point(i, branch, Branch.JOIN, gradient, kept);
            } else {
                gradient = backward(stash, i, gradient, withWeights, accumulate);
            }
            if (i > lowest && memory.isCut(i)) {
                gradient = memory.passBack(i, gradient, kept);
            }
        }
        for (int i = 0; i < layers.size(); i++) {
            stash.dropOutput(i);
            if (withWeights || !hasWeights(i)) {
                stash.drop(i);
            }
        }
        if (withWeights) {
            stashes.remove(microBatch);
        } else {
            stashes.count(stash);
        }
        if (lowest >= 0) {
            gradient.release();
            kept.forEach(Tensor::release);
            return null;
        }
        return memory.sendBack(gradient, kept);
    }

    /** One layer's backward; takes over one hold of the gradient and returns that of the layer's input with one. */
    private Tensor backward(Stash stash, int i, Tensor gradient, boolean withWeights, boolean accumulate) {
        Operator operator = operators.get(i);
        boolean weightAfterInput = hasWeights(i) && operator.weightAfterInput();
        if (hasWeights(i) && !withWeights) {
            stash.outputGradients[i] = gradient.retain();
        } else if (hasWeights(i) && !weightAfterInput) {
            backwardWeight(stash, i, gradient, accumulate);
        }
        if (i == lowest && !weightAfterInput) {
            return gradient;
        }
        Tensor saved = switch (operator.needs()) {
            case NOTHING -> gradient;
            case INPUT -> held(stash.inputs[i]);
            case OUTPUT -> held(stash.outputs[i]);
        };
        boolean over = writesOverDelta[i];
        Tensor inputGradient = over
                ? gradient.reshape(memory.shapeBefore(i, gradient.rows()))
                : memory.takeGradient(i, gradient.rows());
        operator.backwardInput(stash.pass(i), saved, gradient, inputGradient);
        if (weightAfterInput && withWeights) {
            backwardWeight(stash, i, gradient, accumulate);
        }
        if (!over) {
            gradient.release();
        }
        return inputGradient;
    }

    /**
     * Backward-weight (W), after {@link #backwardInput} of the same micro-batch.
     *
     * @param accumulate whether earlier micro-batches of the batch have left gradients to add to
     */
    public void backwardWeight(long microBatch, boolean accumulate) {
        Stash stash = stashes.of(microBatch);
        for (int i = layers.size() - 1; i >= 0; i--) {
            if (hasWeights(i)) {
                backwardWeight(stash, i, held(stash.outputGradients[i]), accumulate);
                stash.drop(i);
            }
        }
        stashes.remove(microBatch);
    }

    private void backwardWeight(Stash stash, int i, Tensor gradient, boolean accumulate) {
        clock.enter();
        operators.get(i).backwardWeight(stash.pass(i), held(stash.inputs[i]), gradient, accumulate);
        clock.leave();
        made.accept(firstLayer + i);
    }

    /** From now on tells who each layer is whose gradients of a micro-batch have been added, while backward goes on. */
    void tellGradients(IntConsumer who) {
        made = who;
    }

    /** Gives up what a micro-batch left behind, instead of its backward. */
    public void discard(long microBatch) {
        stashes.of(microBatch).drop();
        stashes.remove(microBatch);
    }

    /** All parameters in layer order, weight before bias. */
    public List<Parameter> parameters() {
        return parameters.stream().flatMap(List::stream).toList();
    }

    /** Parameters of those of its layers that lie in a range of the model, in the same order. */
    public List<Parameter> parameters(Partition.Range range) {
        return parameters().stream()
                .filter(parameter -> parameter.layer() >= range.from() && parameter.layer() < range.to())
                .toList();
    }

    /** What the layers save beside their parameters, in layer order. */
    public List<Parameter> buffers() {
        return buffers;
    }

    /** What layers learn of micro-batches beside gradients, in layer order. */
    List<RunningStatistics> statistics() {
        return operators.stream()
                .flatMap(operator -> operator.statistics().stream())
                .toList();
    }

    /** Micro-batches between forward and their last backward. */
    public int stashed() {
        return stashes.size();
    }

    /**
     * The most bytes that micro-batches have left behind at once: activations, workspaces, and error deltas between
     * backward-input and backward-weight; what a second forward made is counted too.
     */
    public long mostHeldBytes() {
        return stashes.mostHeld();
    }

    /** The same as held now. */
    public long heldBytes() {
        return stashes.held();
    }

    /** Bytes of rows that wait to become one product of a weight's gradient, as many as there were at once. */
    public long gatheredBytes() {
        return parameters().stream().mapToLong(Parameter::gatheredBytes).sum();
    }

    /** Bytes that were allocated to live as long as this run: weights and all that belongs to them, buffers of all kinds. */
    public long allocatedBytes() {
        return arena.allocatedBytes();
    }

    /** Measures the time that backward-weight takes, if it is started. */
    public GradientClock clock() {
        return clock;
    }

    /** The kernels that it computes with. */
    public Kernels kernels() {
        return kernels;
    }

    /** Memory that lives as long as this run. */
    public Arena arena() {
        return arena;
    }

    /** Shape of one sample of what comes in, the parts of a skip connection in one. */
    public Shape inputShape() {
        return memory.inputShape();
    }

    /** Shape of one sample of what goes out. */
    public Shape outputShape() {
        return memory.outputShape();
    }

    /**
     * The leak check at drain: every buffer must be back.
     *
     * @throws IllegalStateException naming the pools that miss buffers
     */
    public void checkDrained() {
        List<String> leaks = memory.leaks();
        if (!leaks.isEmpty() || !stashes.isEmpty()) {
            throw new IllegalStateException("buffers not returned: " + leaks + ", micro-batches stashed: " + stashes
                    + " (expected: none after the drain)");
        }
    }

    @Override
    public void close() {
        operators.forEach(Operator::close);
        arena.close();
    }
}
