package millrace.actors;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.Checks;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.actors.plan.Watching;
import millrace.actors.run.PipelineRun;
import millrace.actors.run.ReferenceRun;
import millrace.nn.augment.Augmentation;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Predictor;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Plateau;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Order;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamSpec;
import org.jspecify.annotations.Nullable;

/**
 * Training for Java programs. Settings are chained, {@link #fit} trains as a line of actors and returns what became of
 * the model:
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
    private Loss loss = Losses.crossEntropy();
    private Optimizer optimizer = new Optimizer.Adam(1e-3);
    private LearningRate learningRate = new LearningRate.Constant();
    private GradientShaping shaping = GradientShaping.NONE;
    private int stages = 1;
    private int chunks;
    private String schedule = "1f1b";
    private @Nullable Schedule ownSchedule;
    private @Nullable StreamSpec stream;
    private LinkSpec link = LinkSpec.DIRECT;
    private int microBatches = 1;
    private int batch = 64;
    private int epochs = 1;
    private long steps;
    private boolean shuffle = true;
    private List<Augmentation> augmentations = List.of();
    private long seed = 1;
    private int computeThreads = Runtime.getRuntime().availableProcessors();
    private Optional<Integer> earlyStopping = Optional.empty();
    private boolean restoreBest;
    private boolean recompute;
    private Optional<Plateau> plateau = Optional.empty();
    private @Nullable Dataset validation;
    private TrainingListener listener = TrainingListener.SILENT;

    private Training(Model model) {
        this.model = model;
    }

    /** Training of a model, with cross-entropy, Adam and one stage until told otherwise. */
    public static Training of(Model model) {
        return new Training(model);
    }

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
        return this;
    }

    /** Penalties and clipping by value. */
    public Training gradients(GradientShaping value) {
        shaping = value;
        return this;
    }

    /** Number of stages: at most one for each layer with weights; ranks x chunks where ranks hold several. */
    public Training stages(int value) {
        stages = value;
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

    /** Trains without a flush: a stage a rank, in the order and with the weight versions of the stream. */
    public Training stream(StreamSpec value) {
        stream = value;
        return stages(value.stages());
    }

    /** Stages that each rank holds; as the schedule usually has it until told otherwise. */
    public Training chunks(int value) {
        chunks = value;
        return this;
    }

    /** Emulated links between ranks. */
    public Training link(LinkSpec value) {
        link = value;
        return this;
    }

    /** Slices that a batch is cut into; a divisor of the batch. */
    public Training microBatches(int value) {
        microBatches = value;
        return this;
    }

    /** Samples of one optimizer step. */
    public Training batch(int value) {
        batch = value;
        return this;
    }

    public Training epochs(int value) {
        epochs = value;
        return this;
    }

    /** Ends the run after so many optimizer steps, should that come first. */
    public Training steps(long value) {
        steps = value;
        return this;
    }

    public Training shuffle(boolean value) {
        shuffle = value;
        return this;
    }

    /** Random changes of the training samples, one after the other: those of {@code millrace.nn.augment} or your own. */
    public Training augment(Augmentation... values) {
        augmentations = List.of(values);
        return this;
    }

    /** Seed of weights, order, random layers and augmentations. */
    public Training seed(long value) {
        seed = value;
        return this;
    }

    /** Stage actions that may be computed at the same time; all cores until told otherwise. */
    public Training computeThreads(int value) {
        computeThreads = value;
        return this;
    }

    /** A set that is evaluated after each epoch. */
    public Training validation(Dataset value) {
        validation = value;
        return this;
    }

    /** Ends the run after so many epochs without a smaller validation loss. */
    public Training earlyStopping(int epochsWithoutImprovement) {
        earlyStopping = Optional.of(epochsWithoutImprovement);
        return this;
    }

    /** Takes back the weights of the best epoch at the end. */
    public Training restoreBest() {
        restoreBest = true;
        return this;
    }

    /** Holds only what comes into a stage and computes its activations again before the backward: less memory. */
    public Training recompute() {
        recompute = true;
        return this;
    }

    /** Lets the learning rate fall when the watched loss has not become smaller for a while. */
    public Training plateau(Plateau value) {
        plateau = Optional.of(value);
        return this;
    }

    /** Who is told about steps and epochs. */
    public Training listener(TrainingListener value) {
        listener = value;
        return this;
    }

    /** Trains as a line of actors. */
    public Trained fit(Dataset train) {
        RunPlan plan = started(train, false);
        return finished(PipelineRun.start(plan, listener).await());
    }

    /** Trains the same without actors: the reference, equal bit for bit. */
    public Trained fitSequentially(Dataset train) {
        RunPlan plan = started(train, true);
        return finished(ReferenceRun.of(plan, listener).run());
    }

    private RunPlan started(Dataset train, boolean sequential) {
        RunPlan plan = plan(train);
        listener.onEvent(new TrainingEvent.Started(model.name(), plan, sequential));
        return plan;
    }

    private Trained finished(RunResult result) {
        listener.onEvent(new TrainingEvent.Finished(result, result.finalState().weightsSha256()));
        return new Trained(model, loss, result);
    }

    private RunPlan plan(Dataset train) {
        Checks.fits(model, loss, train);
        if (validation != null) {
            Checks.fits(model, loss, validation);
        }
        Checks.divides(microBatches, batch);
        Partition partition = Partition.balanced(model, stages);
        Order order = order();
        UpdatePolicy policy = new UpdatePolicy(optimizer, learningRate, 1, shaping);
        return new RunPlan(
                        new TrainingSpec(
                                        model,
                                        loss,
                                        RunPlan.stepping(order, policy),
                                        batch,
                                        microBatches,
                                        shuffle,
                                        seed)
                                .augmented(augmentations),
                        partition,
                        order,
                        new TrainingData(train, validation, null),
                        new RunPlan.Limits(epochs, steps),
                        earlyStopping,
                        computeThreads,
                        Start.FRESH)
                .watching(new Watching(earlyStopping, restoreBest, plateau))
                .over(link)
                .recomputing(recompute ? IntStream.range(0, stages).boxed().collect(Collectors.toSet()) : Set.of());
    }

    private Order order() {
        if (stream != null) {
            return Streamed.of(stream, microBatches);
        }
        return new Flushed(ownSchedule == null ? generated() : ownSchedule);
    }

    private Schedule generated() {
        int perRank = chunks > 0 ? chunks : Schedules.named(schedule).defaultChunks();
        if (stages % perRank != 0) {
            throw new IllegalArgumentException("stages: " + stages + " (expected: a multiple of " + perRank
                    + ", the chunks of each rank of " + schedule + ")");
        }
        return Schedules.generate(schedule, new PipelineShape(stages / perRank, perRank, microBatches));
    }

    /** A model after training. */
    public record Trained(Model model, Loss loss, RunResult result) {
        /** How the model does on a set. */
        public Evaluation evaluate(Dataset data) {
            Checks.fits(model, loss, data);
            return predictor().evaluate(loss, data);
        }

        /** The network's outputs: rows x outputs. */
        public Tensor predict(Tensor inputs) {
            return predictor().predict(inputs);
        }

        private Predictor predictor() {
            Map<String, Tensor> weights = new LinkedHashMap<>();
            for (NamedTensor weight : result.finalState().weights()) {
                weights.put(weight.name(), weight.tensor());
            }
            return new Predictor(model, weights);
        }
    }
}
