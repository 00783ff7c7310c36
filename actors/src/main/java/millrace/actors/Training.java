package millrace.actors;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.FirstWeights;
import millrace.actors.checkpoint.ResumePoint;
import millrace.actors.cluster.PlanSource;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.link.LinkSpec;
import millrace.actors.node.ClusterNode;
import millrace.actors.plan.KernelSetting;
import millrace.actors.plan.Recomputed;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.RunPlanBuilder;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.actors.plan.Watching;
import millrace.nn.augment.Augmentation;
import millrace.nn.backend.Backend;
import millrace.nn.data.BatchOrder;
import millrace.nn.data.Dataset;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Precision;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.optimizer.DelayCorrection;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.ParameterGroup;
import millrace.nn.optimizer.ParameterGroups;
import millrace.nn.optimizer.Plateau;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Order;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamSpec;
import org.jspecify.annotations.Nullable;

/**
 * Training for Java programs: everything that a run file can say. Settings are chained, {@link #fit} trains as a line of
 * actors and returns what became of the model:
 *
 * <pre>{@code
 * Model model = Model.of(Shape.of(784), dense(256), relu(), dense(10));
 * Trained trained = Training.of(model)
 *         .loss(crossEntropy())
 *         .optimizer(new Adam(1e-3))
 *         .stages(2).schedule("1f1b").microBatches(4)
 *         .batch(64).epochs(5)
 *         .fit(mnist.train());
 * Evaluation evaluation = trained.evaluate(mnist.test());
 * }</pre>
 *
 * Settings that do not fit throw IllegalArgumentException: value, expectation, remedy.
 */
public final class Training {
    private final Model model;
    private final RunPlanBuilder builder;
    private Loss loss = Losses.crossEntropy();
    private Optimizer optimizer = new Optimizer.Adam(1e-3);
    private LearningRate learningRate = new LearningRate.Constant();
    private boolean ratePerEpoch;
    private ParameterGroups groups = ParameterGroups.NONE;
    private GradientShaping shaping = GradientShaping.NONE;
    private GradientGuard guard = GradientGuard.NONE;
    private DelayCorrection correction = DelayCorrection.NONE;
    private int stages = 1;
    private int chunks;
    private int replicas = 1;
    private String schedule = "1f1b";
    private @Nullable Schedule ownSchedule;
    private @Nullable StreamSpec stream;
    private @Nullable Costs costs;
    private int microBatches = 1;
    private int batch = 64;
    private int epochs = 1;
    private long steps;
    private Optional<Integer> earlyStopping = Optional.empty();
    private boolean restoreBest;
    private @Nullable Set<Integer> recompute = Set.of();
    private Set<Integer> recomputedLayers = Set.of();
    private Optional<Plateau> plateau = Optional.empty();
    private @Nullable Dataset validation;
    private @Nullable Dataset test;
    private @Nullable Path init;
    private @Nullable Path resume;
    private @Nullable Path folder;
    private int keep = 2;
    private CheckpointPace pace = CheckpointPace.USUAL;
    private int copies = 1;
    private TrainingListener listener = TrainingListener.SILENT;

    private Training(Model model) {
        this.model = model;
        this.builder = RunPlanBuilder.of(model);
    }

    /**
     * Training of a model, with cross-entropy, Adam and one stage until told otherwise. The model decides the precision of
     * products ({@link Model#with}).
     */
    public static Training of(Model model) {
        return new Training(model);
    }

    // ---- what is computed

    public Training loss(Loss value) {
        loss = value;
        return this;
    }

    public Training optimizer(Optimizer value) {
        optimizer = value;
        return this;
    }

    /** The factor on the optimizer's rate, its time counted in steps. */
    public Training learningRate(LearningRate value) {
        learningRate = value;
        ratePerEpoch = false;
        return this;
    }

    /** The factor on the optimizer's rate, its time counted in epochs. */
    public Training learningRatePerEpoch(LearningRate value) {
        learningRate = value;
        ratePerEpoch = true;
        return this;
    }

    /** Lets the learning rate fall when the watched loss has not become smaller for a while. */
    public Training plateau(Plateau value) {
        plateau = Optional.of(value);
        return this;
    }

    /** Whether weight decay is for biases and the vectors of norms too, and not for matrices and up alone. */
    public Training decayBiases(boolean value) {
        groups = new ParameterGroups(groups.groups(), value);
        return this;
    }

    /** What is different for some parameters: learning rate, weight decay, or that they are not trained. */
    public Training parameterGroups(ParameterGroup... value) {
        groups = new ParameterGroups(List.of(value), groups.decaysVectors());
        return this;
    }

    /** Penalties and clipping by value. */
    public Training gradients(GradientShaping value) {
        shaping = value;
        return this;
    }

    /**
     * Clipping by norm, of the model ({@link GradientGuard#ofModel}) or of each stage, steps left out where a gradient is not
     * finite, and whether norms are told.
     */
    public Training guard(GradientGuard value) {
        guard = value;
        return this;
    }

    /** Scales the whole gradient down to at most this norm: PyTorch's clip_grad_norm_. */
    public Training clipNorm(double norm) {
        return guard(GradientGuard.ofModel(norm, false));
    }

    /** What is done about late gradients, in training without a flush. */
    public Training correct(DelayCorrection value) {
        correction = value;
        return this;
    }

    /** What computes; the fast kernels of this machine until told otherwise. */
    public Training backend(Backend value) {
        builder.backend(value);
        return this;
    }

    /**
     * How the kernels of weight matrices are chosen; as usual until told otherwise. A training that goes on keeps those of its
     * checkpoint, and the nodes of a cluster follow the program that begins the run.
     */
    public Training kernels(KernelSetting value) {
        builder.kernels(value);
        return this;
    }

    // ---- the line

    /** Number of stages: at most one for each layer with weights; ranks x chunks where ranks hold several. */
    public Training stages(int value) {
        stages = value;
        return this;
    }

    /**
     * The model cut by hand.
     *
     * @param layersOfStages for each stage, from the first on, how many layers it holds
     * @throws IllegalArgumentException when they do not add up, or a stage would begin with a layer without weights
     */
    public Training layout(List<Integer> layersOfStages) {
        builder.partition(Partition.of(model, layersOfStages));
        return stages(layersOfStages.size());
    }

    /** Stages that each rank holds; as the schedule usually has it until told otherwise. */
    public Training chunks(int value) {
        chunks = value;
        return this;
    }

    /** Copies of the line side by side, each with ranks and micro-batches of its own ({@link Replication}); 1 until told otherwise. */
    public Training replicas(int value) {
        replicas = value;
        return this;
    }

    /** Name of a schedule, as {@link millrace.schedule.Schedules} knows it. */
    public Training schedule(String value) {
        schedule = value;
        ownSchedule = null;
        return this;
    }

    /** A validated schedule of your own, which decides stages and micro-batches too. */
    public Training schedule(Schedule value) {
        ownSchedule = value;
        return stages(value.stages()).microBatches(value.microBatches());
    }

    /** What schedules that are planned from costs, as zb-1p is, plan with; equally long actions until told otherwise. */
    public Training costs(Costs value) {
        costs = value;
        return this;
    }

    /** Trains without a flush: a stage a rank, in the order and with the weight versions of the stream, which is that of one replica. */
    public Training stream(StreamSpec value) {
        stream = value;
        return stages(value.stages());
    }

    /** Emulated links between ranks. */
    public Training link(LinkSpec value) {
        builder.link(value);
        return this;
    }

    /**
     * What activations and error deltas are rounded to between stages; float32, which is not rounded, until told otherwise. With
     * BF16 messages have half the bytes, and weights depend on where the network is cut.
     */
    public Training messages(Precision value) {
        builder.messages(value);
        return this;
    }

    /** Slices that a batch is cut into; a divisor of the batch. */
    public Training microBatches(int value) {
        microBatches = value;
        return this;
    }

    /**
     * Holds only what comes into a stage and computes its activations again before the backward: less memory. Stages that hold
     * them for no time anyhow are left as they are.
     */
    public Training recompute() {
        recompute = null;
        return this;
    }

    /** The same for some of the stages. */
    public Training recompute(Set<Integer> ofStages) {
        recompute = Set.copyOf(ofStages);
        return this;
    }

    /** The same for some layers of the network alone; those around them hold their activations. */
    public Training recomputeLayers(Set<Integer> layers) {
        recomputedLayers = Set.copyOf(layers);
        return this;
    }

    /** Actions that may be computed at the same time; all cores until told otherwise. */
    public Training computeThreads(int value) {
        builder.computeThreads(value);
        return this;
    }

    // ---- how long, and with which data

    /** Samples of one optimizer step. */
    public Training batch(int value) {
        batch = value;
        return this;
    }

    public Training epochs(int value) {
        epochs = value;
        return this;
    }

    /** Ends the run after so many optimizer steps in all, should that come first. */
    public Training steps(long value) {
        steps = value;
        return this;
    }

    public Training shuffle(boolean value) {
        builder.shuffle(value);
        return this;
    }

    /** Random changes of the training samples, one after the other: those of {@code millrace.nn.augment} or your own. */
    public Training augment(Augmentation... values) {
        builder.augmentations(List.of(values));
        return this;
    }

    /** Seed of weights, order, random layers and augmentations. */
    public Training seed(long value) {
        builder.seed(value);
        return this;
    }

    /** A set that is evaluated after each epoch, and that early stopping, plateau and the best epoch go by. */
    public Training validation(Dataset value) {
        validation = value;
        return this;
    }

    /** A set that is evaluated after each epoch; without a validation set early stopping goes by it. */
    public Training test(Dataset value) {
        test = value;
        return this;
    }

    /** Evaluates the sets after every so many batches too. */
    public Training evaluateEvery(int batches) {
        builder.evaluateEvery(batches);
        return this;
    }

    /**
     * Ends the run after so many epochs without a smaller loss: of the validation set, without one of the test set, without
     * either of the training.
     */
    public Training earlyStopping(int epochsWithoutImprovement) {
        earlyStopping = Optional.of(epochsWithoutImprovement);
        return this;
    }

    /** Takes back the weights of the best epoch at the end. */
    public Training restoreBest() {
        restoreBest = true;
        return this;
    }

    // ---- weights and checkpoints

    /**
     * First weights from a safetensors file with the names and shapes of PyTorch's nn.Sequential, a checkpoint's folder, or a
     * run's, for its last checkpoint.
     */
    public Training init(Path weights) {
        init = weights;
        return this;
    }

    /** Saves checkpoints into a run folder, at the ends of epochs and within them. */
    public Training checkpoints(Path runFolder) {
        folder = runFolder;
        return this;
    }

    /** How many checkpoints stay besides the best, 1 or more; 2 until told otherwise. */
    public Training keep(int checkpoints) {
        keep = checkpoints;
        return this;
    }

    /** Time between two checkpoints within an epoch, about, whatever they cost: what a failure costs at most. */
    public Training checkpointEvery(Duration value) {
        pace = CheckpointPace.every(value);
        return this;
    }

    /**
     * Checkpoints within an epoch that are at least 5 s apart, and so seldom that they lengthen the training by this share at most, about;
     * 0.02 until told otherwise.
     */
    public Training checkpointsCosting(double overhead) {
        pace = CheckpointPace.costing(overhead);
        return this;
    }

    /**
     * On how many other nodes of a cluster the state of a stage is kept in memory since the last checkpoint, as many as there are at
     * most; 1 until told otherwise. Without them what a lost node had is read from the disk.
     */
    public Training copies(int nodes) {
        copies = nodes;
        return this;
    }

    /** Goes on exactly from a checkpoint: the newest whole one of a run folder, or a checkpoint's own folder. */
    public Training resume(Path checkpoint) {
        resume = checkpoint;
        return this;
    }

    /** Who is told about steps and epochs, and everything else that happens. */
    public Training listener(TrainingListener value) {
        listener = value;
        return this;
    }

    // ---- the run

    /** Trains as a line of actors. */
    public Trained fit(Dataset train) {
        Optional<ResumePoint> from = resumePoint();
        RunPlan plan = started(train, from, false);
        return finished(plan, Runs.local(plan, listener, checkpointing(from)).await());
    }

    /** Trains the same without actors: the reference, equal bit for bit. */
    public Trained fitSequentially(Dataset train) {
        Optional<ResumePoint> from = resumePoint();
        RunPlan plan = started(train, from, true);
        return finished(
                plan, Runs.reference(plan, listener, checkpointing(from)).await());
    }

    /**
     * Has a cluster train it. The same program runs on every node, which gives {@link #onNodes} to its {@link ClusterNode};
     * {@link #checkpoints} names a folder that all nodes see, from which the run goes on when a node is lost.
     *
     * @param node a member of the cluster, such as a client
     * @param workers nodes that must be there before the run begins
     * @throws IllegalArgumentException when no folder is named, it holds another run, or a node does not take the plan
     */
    public Trained fit(Dataset train, ClusterNode node, int workers) {
        if (folder == null) {
            throw new IllegalArgumentException(
                    "checkpoints: none (expected: a run folder that all nodes see, what fails"
                            + " goes on from checkpoints); name it with checkpoints(folder)");
        }
        Optional<ResumePoint> from = resumePoint();
        ClusterFit fit = new ClusterFit(folder, from, Optional.ofNullable(init), keep, pace, copies);
        RunPlan plan = started(train, from, false);
        return finished(plan, fit.fit(plan, node, workers, listener));
    }

    /** What a cluster's nodes make their plans with, when the runs are this training's. */
    public PlanSource onNodes(Dataset train) {
        return ClusterFit.plans(plan(train, Start.FRESH));
    }

    /** Everything that is decided before the run begins, checked; nothing is started. */
    public RunPlan plan(Dataset train) {
        return plan(train, start(resumePoint()));
    }

    private RunPlan started(Dataset train, Optional<ResumePoint> from, boolean sequential) {
        RunPlan plan = plan(train, start(from));
        new TrainingEvent.Started(model.name(), plan, sequential).tell(listener);
        return plan;
    }

    private Trained finished(RunPlan plan, RunResult result) {
        listener.onEvent(new TrainingEvent.Finished(result));
        Network network = new Network(
                model,
                Optional.of(loss),
                plan.spec().backend(),
                NamedTensor.byName(result.finalState().weights()),
                plan.data().train().classes());
        return new Trained(network, Optional.of(result));
    }

    private Optional<Checkpointing> checkpointing(Optional<ResumePoint> from) {
        return Optional.ofNullable(folder).map(path -> {
            from.ifPresent(point -> point.takeOver(new CheckpointStore(path, keep), model, ""));
            return Checkpointing.begin(path, keep, "", pace);
        });
    }

    private RunPlan plan(Dataset train, Start start) {
        Order order = order();
        long stepsPerEpoch = order.optimizerSteps(BatchOrder.stepsPerEpoch(train.size(), batch));
        UpdatePolicy policy = new UpdatePolicy(
                        optimizer, learningRate, ratePerEpoch ? Math.max(1, stepsPerEpoch) : 1, shaping)
                .with(guard)
                .with(correction)
                .with(groups);
        return builder.loss(loss)
                .policy(policy)
                .order(order)
                .batch(batch)
                .limits(new RunPlan.Limits(epochs, steps))
                .watching(new Watching(earlyStopping, restoreBest, plateau))
                .recompute(new Recomputed(recompute == null ? order.holding() : recompute, recomputedLayers))
                .build(new TrainingData(train, validation, test), start);
    }

    private Optional<ResumePoint> resumePoint() {
        return Optional.ofNullable(resume).map(path -> ResumePoint.of(ResumePoint.newest(path, _ -> {}), restoreBest));
    }

    private Start start(Optional<ResumePoint> from) {
        return from.map(point -> point.start(model))
                .orElseGet(() -> init == null ? Start.FRESH : new Start(0, FirstWeights.read(init, model, _ -> {})));
    }

    private Order order() {
        if (stream != null) {
            return Streamed.of(stream, microBatches, replicas);
        }
        return new Flushed(ownSchedule == null ? generated() : ownSchedule);
    }

    private Schedule generated() {
        int perRank = chunks > 0 ? chunks : Schedules.named(schedule).defaultChunks();
        if (stages % perRank != 0) {
            throw new IllegalArgumentException("stages: " + stages + " (expected: a multiple of " + perRank
                    + ", the chunks of each rank of " + schedule + ")");
        }
        PipelineShape shape = new PipelineShape(stages / perRank, perRank, Replication.share(microBatches, replicas));
        return Replication.of(Schedules.generate(schedule, shape, costs == null ? Costs.unit(shape) : costs), replicas);
    }
}
