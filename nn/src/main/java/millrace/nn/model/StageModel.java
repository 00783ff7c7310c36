package millrace.nn.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import millrace.nn.data.Dataset;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.model.LayerRun.Keep;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
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
    private final LossGradients lossGradients;
    private final int accumulate;
    private final TiedWeight tied;
    // losses of batches that are under way, on the last stage
    private final Map<Long, LossSum> lossSums = new HashMap<>();
    // the first micro-batch of an optimizer step, and the weight of all its targets
    private long weighed = -1;
    private double weightOfStep;
    // the micro-batch of the run whose gradient comes next: they are added up in ascending order
    private long nextGradient;
    // where steps are counted from: the start of a stream, or of a run that flushes
    private long origin;

    /**
     * When a stage steps.
     *
     * @param accumulate micro-batches of one optimizer step, whatever the batches are
     * @param delay the most steps that gradients are late
     */
    public record Stepping(int accumulate, long delay) {}

    /** A stage that steps once a batch, and keeps what its backwards read. */
    public StageModel(TrainingSpec spec, Partition.Range range, Dataset train, int inFlight) {
        this(spec, range, train, inFlight, new Stepping(spec.microBatches(), 0), Keep.ACTIVATIONS);
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

    /**
     * The whole model in one piece, which steps once a batch.
     *
     * @param stages whose gradients are clipped or left out, each as a whole of its own
     */
    public static StageModel whole(TrainingSpec spec, Partition stages, Dataset train) {
        List<Partition.Range> ranges =
                IntStream.range(0, stages.stages()).mapToObj(stages::range).toList();
        Partition.Range all = Partition.whole(spec.model()).range(0);
        return new StageModel(spec, all, ranges, train, 1, new Stepping(spec.microBatches(), 0), Keep.ACTIVATIONS);
    }

    private StageModel(
            TrainingSpec spec,
            Partition.Range range,
            List<Partition.Range> guarded,
            Dataset train,
            int inFlight,
            Stepping stepping,
            Keep keep) {
        Kernels kernels = spec.model().precision().kernels();
        this.spec = spec;
        this.first = range.from() == 0;
        this.last = range.to() == spec.model().layers().size();
        this.run = new LayerRun(spec.model(), range, spec.microBatchRows(), spec.seed(), inFlight, kernels, keep);
        this.weights = new StageWeights(
                run.arena(),
                spec.policy(),
                guarded.stream().map(run::parameters).toList(),
                stepping.delay());
        this.accumulate = stepping.accumulate();
        this.tied = new TiedWeight(spec.model(), run, inFlight);
        this.batches = new BatchReader(spec, train, run.arena(), run.inputShape(), inFlight);
        long rows = spec.microBatchRows();
        this.lossGradients = new LossGradients(new TensorPool(
                "loss gradients", run.arena(), rows * run.outputShape().size(), inFlight));
    }

    /** The losses of a batch so far, and what their mean divides by. */
    private record LossSum(double sum, double weight) {
        LossSum plus(LossSum other) {
            return new LossSum(sum + other.sum, weight + other.weight);
        }
    }

    /** The loss's gradients of the micro-batches between F and B on the last stage. */
    private record LossGradients(TensorPool pool, Map<Long, Tensor> byMicroBatch) {
        LossGradients(TensorPool pool) {
            this(pool, new HashMap<>());
        }

        Tensor remove(long microBatch) {
            Tensor gradient = byMicroBatch.remove(microBatch);
            if (gradient == null) {
                throw new IllegalStateException(
                        "micro-batch " + microBatch + ": backward without a loss (expected: forward first)");
            }
            return gradient;
        }
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
        double weight = weightOfStep(number(step, index));
        Tensor target = batches.targets(step, index);
        Tensor gradient = lossGradients.pool().take(ElementType.F32, output.shape());
        float scale = weight == 0 ? 0 : 1f / (float) weight;
        double loss = spec.loss().sumAndGradient(run.kernels(), output, target, scale, gradient);
        lossSums.merge(step, new LossSum(loss, spec.loss().weight(target)), LossSum::plus);
        lossGradients.byMicroBatch().put(number(step, index), gradient);
        target.release();
        output.release();
        return null;
    }

    /** What the loss's mean over all micro-batches divides by whose gradients go into the same optimizer step. */
    private double weightOfStep(long microBatch) {
        long first = microBatch - (microBatch - origin) % accumulate;
        if (first != weighed) {
            double weight = 0;
            for (long other = first; other < first + accumulate; other++) {
                long step = other / spec.microBatches();
                int index = Math.toIntExact(other % spec.microBatches());
                Tensor target = batches.targets(step, index);
                weight += spec.loss().weight(target);
                target.release();
            }
            weightOfStep = weight;
            weighed = first;
        }
        return weightOfStep;
    }

    /**
     * B: full backward of one micro-batch; micro-batches ascending.
     *
     * @param delta what the next stage sent, null on the last stage
     * @return the error delta for the stage before, null on the first
     */
    public @Nullable Tensor backward(long step, int index, @Nullable Tensor delta) {
        long microBatch = countedGradient(step, index);
        return run.backward(microBatch, delta(step, index, delta), accumulates(microBatch));
    }

    /** I: as {@link #backward} without the weights' gradients, in any order. */
    public @Nullable Tensor backwardInput(long step, int index, @Nullable Tensor delta) {
        return run.backwardInput(number(step, index), delta(step, index, delta));
    }

    /** W: the weights' gradients, after {@link #backwardInput}; micro-batches ascending. */
    public void backwardWeight(long step, int index) {
        long microBatch = countedGradient(step, index);
        run.backwardWeight(microBatch, accumulates(microBatch));
    }

    // a sum of floats depends on its order, and the weights' bits on the sum
    private long countedGradient(long step, int index) {
        long microBatch = number(step, index);
        if (microBatch != nextGradient) {
            throw new IllegalStateException("gradients of micro-batch " + microBatch + " (expected: of " + nextGradient
                    + ", they are added up in ascending order)");
        }
        nextGradient++;
        weights.gradientAdded();
        return microBatch;
    }

    private boolean accumulates(long microBatch) {
        return (microBatch - origin) % accumulate > 0;
    }

    /** Gives up a micro-batch between its forward and its backward. */
    public void discard(long step, int index) {
        run.discard(number(step, index));
        if (last) {
            lossGradients.remove(number(step, index)).release();
        }
        lossSums.remove(step);
    }

    private Tensor delta(long step, int index, @Nullable Tensor delta) {
        return delta != null ? delta : lossGradients.remove(number(step, index));
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
        if (nextGradient == origin || (nextGradient - origin) % accumulate != 0) {
            throw new IllegalStateException("optimizer step after the gradients of "
                    + (nextGradient - origin) % accumulate + " micro-batches (expected: " + accumulate + ")");
        }
        tied.settle(run.kernels());
        weights.step(run.kernels(), oldestNeeded);
        tied.stepped();
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
        LossSum loss = lossSums.remove(batch);
        return loss == null ? Double.NaN : loss.sum / loss.weight;
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

    public Evaluator evaluator(Dataset data) {
        return new Evaluator(spec.loss(), data.classes().size(), run.kernels());
    }

    /** The parameters themselves in layer order, for those who look at gradients. */
    List<Parameter> parameters() {
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
        nextGradient = origin;
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
        nextGradient = microBatches;
        weights.restoreStream(tensors, stage, needed, isStepUnderWay());
    }

    private List<MemorySegment> bufferMemory() {
        return run.buffers().stream().map(Parameter::value).toList();
    }

    private boolean isStepUnderWay() {
        return (nextGradient - origin) % accumulate > 0;
    }

    /** The leak check at drain: throws IllegalStateException unless every buffer came back. */
    public void checkDrained() {
        run.checkDrained();
        if (tied.missing() > 0) {
            throw new IllegalStateException("shares of the tied weight's gradient: " + tied.missing()
                    + " buffers not returned (expected: none after the drain)");
        }
        List<TensorPool> pools = new ArrayList<>(batches.pools());
        pools.add(lossGradients.pool());
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
