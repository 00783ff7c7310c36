package millrace.nn.model;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Operator.Needs;
import millrace.nn.layer.Operator.Pass;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
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
    private final Kernels kernels;
    private final Arena arena = Arena.ofShared();
    private final int maxRows;
    private final List<Operator> operators = new ArrayList<>();
    private final List<Shape> shapes = new ArrayList<>();
    private final List<List<Parameter>> parameters = new ArrayList<>();
    private final List<TensorPool> outputPools = new ArrayList<>();
    private final List<TensorPool> gradientPools = new ArrayList<>();
    private final boolean[] inPlace;
    // the lowest layer whose input gradient nobody needs; -1 where the stage before waits for it
    private final int lowest;
    private final Map<Long, Stash> stashes = new HashMap<>();

    /**
     * @param range which layers of the model
     * @param maxRows samples of the largest micro-batch
     * @param seed of the weights and of random layers
     * @param inFlight micro-batches that may be between forward and backward-weight at once, here or at a neighbour
     *     that still reads what was sent to it
     */
    public LayerRun(Model model, Partition.Range range, int maxRows, long seed, int inFlight, Kernels kernels) {
        this.kernels = kernels;
        this.maxRows = maxRows;
        int count = range.to() - range.from();
        this.inPlace = new boolean[count];
        shapes.add(model.shapeBefore(range.from()));
        for (int i = 0; i < count; i++) {
            int index = range.from() + i;
            Layer layer = model.layers().get(index);
            List<Parameter> own = new ArrayList<>();
            for (ParameterSpec spec : model.parameters(index)) {
                own.add(new Parameter(arena, index, own.size(), spec, seed));
            }
            parameters.add(List.copyOf(own));
            operators.add(layer.operator(shapes.get(i), own, kernels, new Layer.RandomKey(seed, index)));
            shapes.add(model.shapeBefore(index + 1));
            // never over the tensor that came in a message, nor over what the layer before has to read again
            inPlace[i] =
                    i > 0 && operators.get(i).inPlace() && operators.get(i - 1).needs() != Needs.OUTPUT;
            outputPools.add(pool("activations of layer " + index, shapes.get(i + 1), inFlight));
            gradientPools.add(pool("gradients of layer " + index, shapes.get(i), inFlight));
        }
        this.lowest = range.from() == 0 ? firstWithWeights() : -1;
    }

    private int firstWithWeights() {
        for (int i = 0; i < parameters.size(); i++) {
            if (!parameters.get(i).isEmpty()) {
                return i;
            }
        }
        return 0;
    }

    private TensorPool pool(String name, Shape sample, int limit) {
        return new TensorPool(name, arena, sample.size() * maxRows, limit);
    }

    /** What a micro-batch leaves behind between its forward and its last backward. */
    private final class Stash {
        private final Pass pass;
        private final @Nullable Tensor[] inputs = new Tensor[operators.size()];
        private final @Nullable Tensor[] outputs = new Tensor[operators.size()];
        private final @Nullable Tensor[] outputGradients = new Tensor[operators.size()];

        Stash(Pass pass) {
            this.pass = pass;
        }
    }

    /** The forward pass of training (F). */
    public Tensor forward(long microBatch, Tensor input) {
        Stash stash = new Stash(new Pass(microBatch, true));
        if (stashes.put(microBatch, stash) != null) {
            throw new IllegalStateException("micro-batch " + microBatch + ": forward twice (expected: once)");
        }
        return forward(stash.pass, input, stash);
    }

    /** The forward pass of evaluation and prediction: nothing is kept. */
    public Tensor infer(Tensor input) {
        return forward(Pass.INFERENCE, input, null);
    }

    private Tensor forward(Pass pass, Tensor input, @Nullable Stash stash) {
        Tensor current = input;
        for (int i = 0; i < operators.size(); i++) {
            Operator operator = operators.get(i);
            Shape shape = shapes.get(i + 1).batched(current.rows());
            Tensor output =
                    inPlace[i] ? current.reshape(shape) : outputPools.get(i).take(ElementType.F32, shape);
            operator.forward(pass, current, output);
            if (stash != null) {
                if (operator.needs() == Needs.INPUT || !parameters.get(i).isEmpty()) {
                    stash.inputs[i] = current.retain();
                }
                if (operator.needs() == Needs.OUTPUT) {
                    stash.outputs[i] = output.retain();
                }
            }
            if (!inPlace[i]) {
                current.release();
            }
            current = output;
        }
        return current;
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
        Stash stash = stash(microBatch);
        Tensor gradient = outputGradient;
        boolean own = false;
        for (int i = operators.size() - 1; i >= 0; i--) {
            Operator operator = operators.get(i);
            if (!parameters.get(i).isEmpty()) {
                if (withWeights) {
                    operator.backwardWeight(stash.pass, held(stash.inputs[i]), gradient, accumulate);
                } else {
                    stash.outputGradients[i] = gradient.retain();
                }
            }
            if (i == lowest) {
                break;
            }
            Tensor saved = switch (operator.needs()) {
                case NOTHING -> gradient;
                case INPUT -> held(stash.inputs[i]);
                case OUTPUT -> held(stash.outputs[i]);
            };
            Shape shape = shapes.get(i).batched(gradient.rows());
            boolean over = own && operator.inPlace();
            Tensor inputGradient =
                    over ? gradient.reshape(shape) : gradientPools.get(i).take(ElementType.F32, shape);
            operator.backwardInput(stash.pass, saved, gradient, inputGradient);
            if (!over) {
                gradient.release();
            }
            gradient = inputGradient;
            own = true;
        }
        for (int i = 0; i < operators.size(); i++) {
            stash.outputs[i] = dropped(stash.outputs[i]);
            if (withWeights || parameters.get(i).isEmpty()) {
                stash.inputs[i] = dropped(stash.inputs[i]);
            }
        }
        if (withWeights) {
            stashes.remove(microBatch);
        }
        if (lowest >= 0) {
            gradient.release();
            return null;
        }
        return gradient;
    }

    /**
     * Backward-weight (W), after {@link #backwardInput} of the same micro-batch.
     *
     * @param accumulate whether earlier micro-batches of the batch have left gradients to add to
     */
    public void backwardWeight(long microBatch, boolean accumulate) {
        Stash stash = stash(microBatch);
        for (int i = operators.size() - 1; i >= 0; i--) {
            if (!parameters.get(i).isEmpty()) {
                operators
                        .get(i)
                        .backwardWeight(stash.pass, held(stash.inputs[i]), held(stash.outputGradients[i]), accumulate);
                stash.inputs[i] = dropped(stash.inputs[i]);
                stash.outputGradients[i] = dropped(stash.outputGradients[i]);
            }
        }
        stashes.remove(microBatch);
    }

    /** Gives up what a micro-batch left behind, instead of its backward. */
    public void discard(long microBatch) {
        Stash stash = stash(microBatch);
        for (int i = 0; i < operators.size(); i++) {
            stash.inputs[i] = dropped(stash.inputs[i]);
            stash.outputs[i] = dropped(stash.outputs[i]);
            stash.outputGradients[i] = dropped(stash.outputGradients[i]);
        }
        stashes.remove(microBatch);
    }

    private Stash stash(long microBatch) {
        Stash stash = stashes.get(microBatch);
        if (stash == null) {
            throw new IllegalStateException("micro-batch " + microBatch
                    + ": backward without forward (expected: one of " + stashes.keySet() + ")");
        }
        return stash;
    }

    private static Tensor held(@Nullable Tensor tensor) {
        if (tensor == null) {
            throw new IllegalStateException("a stashed tensor is gone (expected: it is kept until its last use)");
        }
        return tensor;
    }

    private static @Nullable Tensor dropped(@Nullable Tensor tensor) {
        if (tensor != null) {
            tensor.release();
        }
        return null;
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

    /** Micro-batches between forward and their last backward. */
    public int stashed() {
        return stashes.size();
    }

    public Kernels kernels() {
        return kernels;
    }

    /** Memory that lives as long as this run. */
    public Arena arena() {
        return arena;
    }

    public Shape inputShape() {
        return shapes.getFirst();
    }

    public Shape outputShape() {
        return shapes.getLast();
    }

    /**
     * The leak check at drain: every buffer must be back.
     *
     * @throws IllegalStateException naming the pools that miss buffers
     */
    public void checkDrained() {
        List<String> leaks = new ArrayList<>();
        for (List<TensorPool> pools : List.of(outputPools, gradientPools)) {
            for (TensorPool pool : pools) {
                if (pool.inUse() > 0) {
                    leaks.add(pool.name() + ": " + pool.inUse());
                }
            }
        }
        if (!leaks.isEmpty() || !stashes.isEmpty()) {
            throw new IllegalStateException("buffers not returned: " + leaks + ", micro-batches stashed: "
                    + stashes.keySet() + " (expected: none after the drain)");
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
