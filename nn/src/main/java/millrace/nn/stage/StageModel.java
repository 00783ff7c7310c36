package millrace.nn.stage;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.nn.data.Dataset;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.OptimizerState;
import millrace.nn.tensor.TensorPool;
import millrace.nn.weights.EvaluationWeights;
import millrace.nn.weights.GradientOrder;
import millrace.nn.weights.GradientParts;
import millrace.nn.weights.GradientTally;
import millrace.nn.weights.ReplicaGradients;
import millrace.nn.weights.StageOptimizer;
import millrace.nn.weights.StageState;
import millrace.nn.weights.StageStatistics;
import millrace.nn.weights.StageWeights;
import millrace.nn.weights.TiedWeight;

/**
 * One stage of a model in training, or the whole model as one: what it computes ({@link #compute}), which weights it computes
 * with ({@link #weights}), how its optimizer makes the next ones ({@link #optimizer}), and what of it is saved
 * ({@link #state}). A rank drives one for each of its stages; plain sequential training drives one that holds the whole
 * model. It owns all memory of the stage. One thread at a time.
 */
public final class StageModel implements AutoCloseable {
    private final TrainingSpec spec;
    private final LayerRun run;
    private final StageCompute compute;
    private final StageWeights weights;
    private final EvaluationWeights evaluation;
    private final StageOptimizer optimizer;
    private final StageState state;
    private final TiedWeight tied;
    private final boolean last;
    private final List<TensorPool> pools = new ArrayList<>();

    /**
     * When a stage steps.
     *
     * @param accumulate micro-batches of one optimizer step, whatever the batches are
     * @param delay the most steps that gradients are late
     * @param order in which it computes their gradients; with replicas of the line not all of them
     */
    public record Stepping(int accumulate, long delay, GradientOrder order) {
        /**
         * A stage of a stream.
         *
         * @param accumulate micro-batches of one optimizer step of one replica of the line
         * @param delay the most steps that gradients are late
         * @param replica whose gradients it computes: every one of {@code replicas} micro-batches, from this one on
         * @param replicas of the line; 1 or more
         */
        public static Stepping ofStream(int accumulate, long delay, int replica, int replicas) {
            List<Integer> own = IntStream.range(0, accumulate)
                    .mapToObj(i -> i * replicas + replica)
                    .toList();
            return new Stepping(accumulate * replicas, delay, new GradientOrder(List.of(own)));
        }

        /** A stage that steps once a batch. */
        public static Stepping ofBatches(int microBatches, GradientOrder order) {
            return new Stepping(microBatches, 0, order);
        }
    }

    /** A stage that steps once a batch, and keeps what its backwards read. */
    public StageModel(TrainingSpec spec, Partition.Range range, Dataset train, int inFlight) {
        this(spec, range, train, inFlight, Stepping.ofBatches(spec.microBatches(), ascending(spec)), Keep.ACTIVATIONS);
    }

    /**
     * A stage with freshly drawn weights.
     *
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
     * @param stages of the line that it stands for: the gradients of each are clipped or left out as a whole of its own, and
     *     what each sends the next is rounded as the spec says
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
            List<Partition.Range> stages,
            Dataset train,
            int inFlight,
            Stepping stepping,
            Keep keep) {
        // late gradients: forwards and backwards use different versions in turn. Replicas of the line count all
        // micro-batches of a batch, not their own: the model in one piece must decide alike
        int forwards = stepping.delay() == 0 ? stepping.accumulate() : 1;
        // a stage is saved between batches: gradients that are added up across their ends are looked at there
        int gradients = spec.microBatches() % stepping.accumulate() == 0 ? stepping.accumulate() : 1;
        Kernels kernels = spec.kernels().preparedFor(new Kernels.Sharing(forwards, gradients));
        this.spec = spec;
        this.last = range.to() == spec.model().layers().size();
        Messages messages = new Messages(
                spec.messages(), stages.stream().map(Partition.Range::from).collect(Collectors.toSet()));
        this.run = new LayerRun(
                spec.model(), range, spec.microBatchRows(), spec.seed(), inFlight, kernels, keep, messages);
        List<List<Parameter>> groups = stages.stream().map(run::parameters).toList();
        List<Parameter> parameters = groups.stream().flatMap(List::stream).toList();
        OptimizerState optimizerState = new OptimizerState(run.arena(), spec.policy(), groups, stepping.delay());
        GradientTally tally = new GradientTally(stepping.accumulate(), stepping.order());
        this.weights = new StageWeights(
                run.arena(),
                parameters,
                optimizerState,
                spec.policy().correction(),
                stepping.delay(),
                spec.backend().delays());
        this.evaluation = new EvaluationWeights(run.arena(), weights, run.buffers());
        this.tied = new TiedWeight(spec.model(), run.arena(), run.parameters(), inFlight);
        BatchReader batches = new BatchReader(spec, train, run.arena(), run.inputShape(), inFlight);
        BatchLosses losses = new BatchLosses(spec, run, batches, stepping.accumulate(), inFlight);
        this.compute = new StageCompute(spec, run, batches, losses, weights, tally, last);
        ReplicaGradients replicas = new ReplicaGradients(
                run.arena(), run.parameters(), stepping.order().sums().size());
        this.optimizer = new StageOptimizer(optimizerState, weights, tied, replicas, tally, kernels);
        this.state = new StageState(spec, parameters, run.buffers(), weights, optimizerState, tally);
        pools.addAll(batches.pools());
        pools.addAll(losses.pools());
        pools.add(replicas.pool());
    }

    /** What is computed in the training that the stage has a part in. */
    public TrainingSpec spec() {
        return spec;
    }

    /** Whether it is the last of the line, which computes the loss. */
    public boolean isLast() {
        return last;
    }

    /** Forward and backward of its micro-batches. */
    public StageCompute compute() {
        return compute;
    }

    /** Which of its weights the layers have. */
    public StageWeights weights() {
        return weights;
    }

    /** The weights that it is evaluated with while it trains. */
    public EvaluationWeights evaluation() {
        return evaluation;
    }

    /** What is done with the gradients, up to the step. */
    public StageOptimizer optimizer() {
        return optimizer;
    }

    /**
     * The stage's gradients as copies of it exchange them with each other.
     *
     * @param replicas of the line; 2 or more
     * @param unacknowledged messages that a network may still hold although their receivers have used them
     */
    public GradientParts gradientParts(int replicas, int unacknowledged) {
        GradientParts parts = new GradientParts(run.arena(), run.parameters(), replicas, unacknowledged);
        pools.add(parts.pool());
        return parts;
    }

    /**
     * The stage's running statistics as copies of it exchange them; from now on they follow nothing by themselves. Once.
     *
     * @param unacknowledged messages that a network may still hold although their receivers have used them
     */
    public StageStatistics statistics(int unacknowledged) {
        StageStatistics statistics =
                new StageStatistics(run.arena(), run.statistics(), spec.microBatches(), unacknowledged);
        pools.add(statistics.pool());
        return statistics;
    }

    /** The arithmetic of the stage. */
    public Kernels kernels() {
        return run.kernels();
    }

    /** What is saved and restored. */
    public StageState state() {
        return state;
    }

    /** The parameters themselves in layer order, for those who look at gradients. */
    public List<Parameter> parameters() {
        return run.parameters();
    }

    /**
     * The leak check at drain.
     *
     * @throws IllegalStateException unless every buffer came back
     */
    public void checkDrained() {
        run.checkDrained();
        if (tied.missing() > 0) {
            throw new IllegalStateException("shares of the tied weight's gradient: " + tied.missing()
                    + " buffers not returned (expected: none after the drain)");
        }
        for (TensorPool pool : pools) {
            if (pool.inUse() > 0) {
                throw new IllegalStateException(
                        pool.name() + ": " + pool.inUse() + " buffers not returned (expected: none after the drain)");
            }
        }
    }

    /** Frees the weights and all other memory of the stage. */
    @Override
    public void close() {
        run.close();
    }
}
