package millrace.nn.stage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import millrace.nn.data.Dataset;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.stage.LayerRun.Keep;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import millrace.nn.weights.NamedCopies;
import millrace.nn.weights.NamedTensor;
import millrace.nn.weights.PastWeights;
import millrace.nn.weights.ReplicaGradients;
import millrace.nn.weights.StageWeights;
import millrace.nn.weights.TiedWeight;
import org.jspecify.annotations.Nullable;

/**
 * All that one stage computes: its run of layers, its optimizer, on the first stage the samples, on the last the loss.
 * A stage actor drives one; plain sequential training drives one that holds the whole model. Data is read where it is
 * needed: first and last stage know the same seeded order. One thread at a time.
 */
public final class StageModel implements AutoCloseable {
    private final TrainingSpec spec;
    private final LayerRun run;
    private final StageWeights weights;
    private final BatchReader batches;
    private final boolean first;
    private final boolean last;
    private final BatchLosses losses;
    private final int accumulate;
    // of the micro-batches of a step, and which of them begin a sum
    private final int[] order;
    private final boolean[] begins;
    private final TiedWeight tied;
    private final ReplicaGradients replicas;
    // gradients computed since the origin
    private long gradients;
    // where steps are counted from, in micro-batches: the start of a stream, or of a run that flushes
    private long origin;

    /**
     * When a stage steps.
     *
     * @param accumulate micro-batches of one optimizer step, whatever the batches are
     * @param delay the most steps that gradients are late
     * @param betweenBatches whether it is then alone that gradients are looked at; a stream is saved at any time
     * @param order in which it computes their gradients; with replicas of the line not all of them
     */
    public record Stepping(int accumulate, long delay, boolean betweenBatches, GradientOrder order) {
        /** A stage of a stream, which computes all gradients of a step. */
        public static Stepping ofStream(int accumulate, long delay) {
            return new Stepping(accumulate, delay, false, GradientOrder.ascending(accumulate));
        }

        /** A stage that steps once a batch. */
        public static Stepping ofBatches(int microBatches, GradientOrder order) {
            return new Stepping(microBatches, 0, true, order);
        }
    }

    /** A stage that steps once a batch, and keeps what its backwards read. */
    public StageModel(TrainingSpec spec, Partition.Range range, Dataset train, int inFlight) {
        this(spec, range, train, inFlight, Stepping.ofBatches(spec.microBatches(), ascending(spec)), Keep.ACTIVATIONS);
    }

    /**
     * @param range layers of this stage
     * @param train the training set, whole on every stage
     * @param inFlight micro-batches that may be held at once, here or on their way from here
     * @param keep what is held of them
     */
    public StageModel(
            TrainingSpec spec, Partition.Range range, Dataset train, int inFlight, Stepping stepping, Keep keep) {
        this(spec, range, List.of(range), train, inFlight, stepping, keep);
    }

    /** The whole model in one piece, as {@link #whole(TrainingSpec, Partition, Dataset, GradientOrder)} in one sum. */
    public static StageModel whole(TrainingSpec spec, Partition stages, Dataset train) {
        return whole(spec, stages, train, ascending(spec));
    }

    private static GradientOrder ascending(TrainingSpec spec) {
        return GradientOrder.ascending(spec.microBatches());
    }

    /**
     * The whole model in one piece, which steps once a batch.
     *
     * @param stages whose gradients are clipped or left out, each as a whole of its own
     * @param order in which gradients are added up: in one sum, or in one for each replica of a line
     */
    public static StageModel whole(TrainingSpec spec, Partition stages, Dataset train, GradientOrder order) {
        List<Partition.Range> ranges =
                IntStream.range(0, stages.stages()).mapToObj(stages::range).toList();
        Partition.Range all = Partition.whole(spec.model()).range(0);
        Stepping stepping = Stepping.ofBatches(spec.microBatches(), order);
        return new StageModel(spec, all, ranges, train, 1, stepping, Keep.ACTIVATIONS);
    }

    private StageModel(
            TrainingSpec spec,
            Partition.Range range,
            List<Partition.Range> guarded,
            Dataset train,
            int inFlight,
            Stepping stepping,
            Keep keep) {
        // late gradients: forwards and backwards use different versions in turn. Replicas of the line count all
        // micro-batches
        // of a batch, not their own: the model in one piece must decide alike
        int forwards = stepping.delay() == 0 ? stepping.accumulate() : 1;
        Kernels kernels = spec.kernels().preparedFor(forwards, stepping.betweenBatches());
        this.spec = spec;
        this.first = range.from() == 0;
        this.last = range.to() == spec.model().layers().size();
        this.run = new LayerRun(spec.model(), range, spec.microBatchRows(), spec.seed(), inFlight, kernels, keep);
        this.weights = new StageWeights(
                run.arena(),
                spec.policy(),
                guarded.stream().map(run::parameters).toList(),
                stepping.delay(),
                spec.backend().delays());
        this.accumulate = stepping.accumulate();
        this.order = stepping.order().flat();
        this.begins = stepping.order().begins();
        this.tied = new TiedWeight(spec.model(), run.arena(), run.parameters(), inFlight);
        this.batches = new BatchReader(spec, train, run.arena(), run.inputShape(), inFlight);
        this.losses = new BatchLosses(spec, run, batches, accumulate, inFlight);
        // one batch's shares may still be on their way when the next one's are made
        this.replicas = new ReplicaGradients(
                run.arena(),
                run.parameters(),
                Math.max(inFlight, stepping.order().sums().size()) + 1);
    }

    /**
     * F: forward of one micro-batch; on the last stage with the loss.
     *
     * @param step optimizer steps made before this batch
     * @param index micro-batch within the batch
     * @param input what the stage before sent, null on the first stage
     * @return the activation for the next stage, null on the last
     */
    public @Nullable Tensor forward(long step, int index, @Nullable Tensor input) {
        Tensor output = run.forward(number(step, index), input == null ? batches.inputs(step, index) : input);
        if (!last) {
            return output;
        }
        losses.add(step, index, output, origin);
        output.release();
        return null;
    }

    /**
     * B: full backward of one micro-batch; micro-batches ascending.
     *
     * @param delta what the next stage sent, null on the last stage
     * @return the error delta for the stage before, null on the first
     */
    public @Nullable Tensor backward(long step, int index, @Nullable Tensor delta) {
        boolean added = isAdded(step, index);
        return run.backward(number(step, index), delta(step, index, delta), added);
    }

    /** I: as {@link #backward} without the weights' gradients, in any order. */
    public @Nullable Tensor backwardInput(long step, int index, @Nullable Tensor delta) {
        return run.backwardInput(number(step, index), delta(step, index, delta));
    }

    /** W: the weights' gradients, after {@link #backwardInput}; micro-batches ascending. */
    public void backwardWeight(long step, int index) {
        boolean added = isAdded(step, index);
        run.backwardWeight(number(step, index), added);
    }

    /** Counts a gradient, which comes in its turn; whether it is added to those before it. */
    private boolean isAdded(long step, int index) {
        int place = Math.toIntExact(gradients % order.length);
        long expected = origin + gradients / order.length * accumulate + order[place];
        if (number(step, index) != expected) {
            throw new IllegalStateException("gradients of micro-batch " + number(step, index) + " (expected: of "
                    + expected + ", they are added up in ascending order)");
        }
        gradients++;
        weights.gradientAdded();
        return !begins[place];
    }

    /** Gives up a micro-batch between its forward and its backward. */
    public void discard(long step, int index) {
        run.discard(number(step, index));
        if (last) {
            losses.takeGradient(number(step, index)).release();
        }
        losses.take(step);
    }

    private Tensor delta(long step, int index, @Nullable Tensor delta) {
        return delta != null ? delta : losses.takeGradient(number(step, index));
    }

    private long number(long step, int index) {
        return step * spec.microBatches() + index;
    }

    /** The optimizer step at the end of a batch: nobody needs the weights before it any more. */
    public void step() {
        step(Long.MAX_VALUE);
    }

    /**
     * The optimizer step after as many gradients as make one.
     *
     * @param oldestNeeded weight versions before this one are given up
     */
    public void step(long oldestNeeded) {
        if (gradients == 0 || isStepUnderWay()) {
            throw new IllegalStateException("optimizer step after the gradients of " + gradients % order.length
                    + " micro-batches (expected: " + order.length + ")");
        }
        tied.settle(run.kernels());
        weights.step(run.kernels(), oldestNeeded);
        tied.stepped();
    }

    /** A copy of the gradients of a batch as far as they are this replica's, with one hold. */
    public Tensor replicaShare() {
        return replicas.copy();
    }

    /** Makes the gradients the sum of all replicas' shares, first replica to last; the caller keeps the tensors' holds. */
    public void sumReplicas(List<Tensor> shares) {
        replicas.sum(run.kernels(), shares);
    }

    /** Whether another stage has a copy of one of its weights, so that gradients have to be exchanged before a step. */
    public boolean sharesWeight() {
        return tied.isShared();
    }

    /** The shared weight's gradient over a batch, as far as it is this stage's, with one hold. */
    public Tensor gradientShare() {
        return tied.share();
    }

    /** Adds what is the other stage's; the caller keeps the tensor's hold. */
    public void addGradientShare(Tensor share) {
        tied.add(run.kernels(), share);
    }

    /**
     * Measures the gradient before a step: stage by stage, of which there are several only where the whole model is in one
     * piece, the sum of squares of each parameter.
     */
    public List<List<Double>> measureGradient() {
        tied.settle(run.kernels());
        return weights.measure(run.kernels());
    }

    /** What was measured for the step made last, where the guard looks at gradients. */
    public List<List<Double>> measuredGradient() {
        return weights.squares();
    }

    /** The sum of squares of the whole model's gradient, for the step to come, where the guard goes by it. */
    public void admitGradient(double squaresOfModel) {
        weights.admit(squaresOfModel);
    }

    /** What learning rates are multiplied by from the next step on; 1 at first. */
    public void scaleRate(double scale) {
        weights.scaleRate(scale);
    }

    /** The versions of the weights, and which of them the layers have. */
    public StageWeights versions() {
        return weights;
    }

    /**
     * The mean loss of a batch all of whose forwards are done, once; NaN where the stage is not the last.
     *
     * @param batch its number, from 0
     */
    public double takeLoss(long batch) {
        return takeLossSum(batch).mean();
    }

    /** As {@link #takeLoss} what that mean is made of, so far; of nothing where the stage is not the last. */
    public LossSum takeLossSum(long batch) {
        return losses.take(batch);
    }

    /** Micro-batches whose tensors are held for a backward that is still to come. */
    public int held() {
        return run.stashed();
    }

    /** The most bytes that were held for backwards at once ({@link LayerRun#mostHeldBytes}). */
    public long mostHeldBytes() {
        return run.mostHeldBytes();
    }

    /** Optimizer steps made. */
    public long steps() {
        return weights.steps();
    }

    public boolean isFirst() {
        return first;
    }

    public boolean isLast() {
        return last;
    }

    /** Chunks of at most a micro-batch's rows that a data set is evaluated in. */
    public int chunks(Dataset data) {
        return (data.size() + spec.microBatchRows() - 1) / spec.microBatchRows();
    }

    /**
     * Forward without training: one chunk of a data set.
     *
     * @param input what the stage before sent, null on the first stage
     * @return the activation with one hold; on the last stage the network's output
     */
    public Tensor infer(Dataset data, int chunk, @Nullable Tensor input) {
        return run.infer(input == null ? rows(data.inputs(), data, chunk) : input);
    }

    /** Targets of one chunk, for the last stage. */
    public Tensor targets(Dataset data, int chunk) {
        return rows(data.targets(), data, chunk);
    }

    private Tensor rows(Tensor tensor, Dataset data, int chunk) {
        int from = chunk * spec.microBatchRows();
        return tensor.slice(from, Math.min(data.size(), from + spec.microBatchRows()));
    }

    /** What is computed in the training that the stage has a part in. */
    public TrainingSpec spec() {
        return spec;
    }

    /** The parameters themselves in layer order, for those who look at gradients. */
    public List<Parameter> parameters() {
        return run.parameters();
    }

    /** Copies of the parameters in layer order, weight before bias, each layer's buffers after them. */
    public List<NamedTensor> weights() {
        return weights(Arena.ofAuto());
    }

    /** The same in memory that lives as long as an arena. */
    public List<NamedTensor> weights(Arena arena) {
        List<NamedTensor> trained = weights.copies(arena);
        List<NamedTensor> buffers = new NamedCopies(run.buffers()).of(arena, "", bufferMemory());
        List<Parameter> parameters = run.parameters();
        // by layers, so that the stages' lists one after the other are the whole model's, however it is cut
        List<NamedTensor> result = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < parameters.size(); i++) {
            while (next < buffers.size()
                    && run.buffers().get(next).layer() < parameters.get(i).layer()) {
                result.add(buffers.get(next++));
            }
            result.add(trained.get(i));
        }
        result.addAll(buffers.subList(next, buffers.size()));
        return result;
    }

    /** Copies of the parameters' gradients as they are, by the parameters' names: after a step those that it used. */
    public List<NamedTensor> gradients() {
        return new NamedCopies(run.parameters())
                .of(
                        Arena.ofAuto(),
                        "",
                        run.parameters().stream().map(Parameter::gradient).toList());
    }

    /** Copies of the optimizer's buffers, named {@code 0.weight.exp_avg}. */
    public List<NamedTensor> optimizerState() {
        return optimizerState(Arena.ofAuto());
    }

    /** The same in memory that lives as long as an arena. */
    public List<NamedTensor> optimizerState(Arena arena) {
        return weights.optimizerCopies(arena);
    }

    /**
     * Takes weights, and where they are there optimizer buffers, from a checkpoint of any partition.
     *
     * @param tensors by name; names of other stages are passed over
     * @param steps optimizer steps that the checkpoint had made
     * @throws IllegalArgumentException when one of this stage's weights is missing or has another shape
     */
    public void restore(Map<String, Tensor> tensors, long steps) {
        if (TiedWeight.differs(spec.model(), tensors)) {
            throw new IllegalArgumentException(
                    "weights: embedding and tied layer differ (expected: equal weights); were"
                            + " they trained without tied = embedding?");
        }
        weights.restore(tensors, steps);
        new NamedCopies(run.buffers()).fill(tensors, "", bufferMemory());
        origin = steps * spec.microBatches();
        gradients = 0;
    }

    /**
     * Copies of what a stream needs besides to go on exactly: older weights, gradients of a step under way, counts.
     *
     * @param arena where the copies live
     * @param stage the first part of the names of what no parameter has: {@code stage.1}
     * @param needed by the forwards that come after the last backward
     * @throws IllegalStateException when one of the needed weights has been given up
     */
    public List<NamedTensor> streamState(Arena arena, String stage, Set<PastWeights> needed) {
        return weights.streamCopies(arena, stage, needed, isStepUnderWay());
    }

    /**
     * Goes on with a stream whose {@link #weights}, {@link #optimizerState} and {@link #streamState} were saved.
     *
     * @param microBatches whose backwards had been done since the start of the stream
     * @throws IllegalArgumentException when a tensor that is needed is missing or has another shape
     */
    public void resume(Map<String, Tensor> tensors, long microBatches, String stage, Set<PastWeights> needed) {
        weights.restore(tensors, microBatches / accumulate);
        new NamedCopies(run.buffers()).fill(tensors, "", bufferMemory());
        gradients = microBatches;
        weights.restoreStream(tensors, stage, needed, isStepUnderWay());
    }

    private List<MemorySegment> bufferMemory() {
        return run.buffers().stream().map(Parameter::value).toList();
    }

    private boolean isStepUnderWay() {
        return gradients % order.length > 0;
    }

    /** The leak check at drain: throws IllegalStateException unless every buffer came back. */
    public void checkDrained() {
        run.checkDrained();
        if (tied.missing() > 0) {
            throw new IllegalStateException("shares of the tied weight's gradient: " + tied.missing()
                    + " buffers not returned (expected: none after the drain)");
        }
        List<TensorPool> pools = new ArrayList<>(batches.pools());
        pools.addAll(losses.pools());
        pools.add(replicas.pool());
        for (TensorPool pool : pools) {
            if (pool.inUse() > 0) {
                throw new IllegalStateException(
                        pool.name() + ": " + pool.inUse() + " buffers not returned (expected: none after the drain)");
            }
        }
    }

    @Override
    public void close() {
        run.close();
    }
}
