package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.util.List;
import java.util.Optional;
import millrace.actors.plan.Checks;
import millrace.actors.plan.KernelSetting;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.RunPlanBuilder;
import millrace.actors.plan.Start;
import millrace.actors.plan.TrainingData;
import millrace.actors.plan.Watching;
import millrace.nn.choice.KernelChoices;
import millrace.nn.data.BatchOrder;
import millrace.nn.data.Dataset;
import millrace.nn.kernel.Precision;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.loss.ElementLoss;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.schedule.Schedule;
import millrace.schedule.order.Order;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/**
 * A run file made into what trains: everything checked, nothing started.
 *
 * @param config the resolved settings, with the figures of the normalisation and the vocabulary
 * @param data the sets
 * @param model the network
 */
public record RunSetup(Config config, TrainingData data, Model model) {
    /**
     * @param config resolved by {@link RunFile}
     * @throws IllegalArgumentException on anything that does not fit
     */
    public static RunSetup of(Config config) {
        DataSource source = DataSource.load(config);
        Model model = model(config, source.data().train());
        TrainingData data = shaped(source.data(), model.inputShape());
        RunSetup setup = new RunSetup(weighed(source.figures().withFallback(config), data, model), data, model);
        Checks.fits(model, setup.loss(), data);
        setup.requireOwnNetwork();
        return setup.choosing();
    }

    /**
     * The same for who has no samples: where they are, the settings have been checked.
     *
     * @param config as {@link #config} of a whole setup has it
     * @param data what the sets are like
     */
    public static RunSetup outlined(Config config, TrainingData data) {
        return new RunSetup(config, data, model(config, data.train()));
    }

    /**
     * Kernels that are asked for by the word are those that were measured on this machine by now, and saved one by one: whoever
     * trains by these settings again, gets the same bits.
     */
    private RunSetup choosing() {
        if (!KernelsReader.asksForMeasured(training())) {
            return this;
        }
        KernelChoices choices = KernelSetting.isAnythingMeasured()
                ? plan(Start.FRESH).spec().backend().choices()
                : KernelChoices.NONE;
        return new RunSetup(KernelsReader.saved(config, choices), data, model);
    }

    /** Weights of classes that are asked for by the word are those of the training set, and saved as numbers. */
    private static Config weighed(Config config, TrainingData data, Model model) {
        Settings training = new Settings(config).in("training");
        if (training.isList("class-weights")) {
            return config;
        }
        String word = training.text("class-weights");
        if (!word.equals("balanced") || !data.train().isClassification()) {
            throw training.problem(
                    "class-weights",
                    word,
                    data.train().isClassification()
                            ? "balanced, or a list of numbers, one for each class"
                            : "none with " + data.train().name() + ", which has no classes");
        }
        return config.withValue(
                "training.class-weights",
                ConfigValueFactory.fromIterable(
                        CrossEntropy.balanced(data.train(), model.outputShape().last())));
    }

    /** A preset's network has as many outputs as the preset's data has classes. */
    private void requireOwnNetwork() {
        int classes = data.train().classes().size();
        int outputs = model.outputShape().last();
        boolean presetsNetwork = RunFile.isPresets(config.getValue("model.layers"));
        boolean presetsData = !config.hasPath("data.text") && RunFile.isPresets(config.getValue("data.set"));
        if (loss().takesLabels() && presetsNetwork && !presetsData && outputs != classes) {
            throw new IllegalArgumentException("data.set: " + data.train().name() + " has " + classes
                    + " classes (expected: " + outputs + ", as the network of the preset has outputs); write a run file"
                    + " with model.layers, whose last layer has units = classes");
        }
    }

    /** Images come as rows of pixels; a model may say what shape they have. */
    private static TrainingData shaped(TrainingData data, Shape input) {
        if (data.train().sampleShape().size() != input.size()) {
            return data;
        }
        Dataset validation = data.validation();
        Dataset test = data.test();
        return new TrainingData(
                data.train().withSampleShape(input),
                validation == null ? null : validation.withSampleShape(input),
                test == null ? null : test.withSampleShape(input));
    }

    /** The network alone. */
    public static Model model(Config config, Dataset train) {
        return model(config, train.sampleShape(), train.classes().size());
    }

    /**
     * The network for samples of a shape.
     *
     * @param classes of the data, 0 for a regression
     */
    static Model model(Config config, Shape sample, int classes) {
        if (!config.hasPath("model.layers")) {
            throw new IllegalArgumentException("model.layers: nothing (expected: a list of layers)");
        }
        Shape input = sample;
        if (config.hasPath("model.input")) {
            input = Shape.of(new Settings(config)
                    .in("model").integers("input").stream()
                            .mapToInt(Integer::intValue)
                            .toArray());
        }
        return Model.named(
                        config.getString("name"),
                        input,
                        new LayerReader(classes)
                                .read(new Settings(config).in("model").values("layers")))
                .with(new Settings(config).in("training").choice("precision", Precision.class));
    }

    /** What a run of these settings knows without its data, once it is saved. */
    public SavedRun saved() {
        return SavedRun.of(config);
    }

    public Loss loss() {
        Settings training = training();
        Loss loss = Losses.named(training.text("loss"));
        double delta = training.number("huber-delta");
        double positiveWeight = training.number("positive-weight");
        if (loss instanceof ElementLoss element) {
            loss = element.with(delta, positiveWeight);
        } else if (delta != 1 || positiveWeight != 1) {
            throw training.problem(
                    "loss", loss.name(), "huber for huber-delta, binary-cross-entropy for positive-weight");
        }
        double smoothing = training.number("label-smoothing");
        List<Double> weights = training.numbers("class-weights");
        if (smoothing == 0 && weights.isEmpty()) {
            return loss;
        }
        if (!(loss instanceof CrossEntropy)) {
            throw training.problem("loss", loss.name(), "cross-entropy, for label-smoothing and class-weights");
        }
        return new CrossEntropy(smoothing, weights);
    }

    /** The plan, beginning at {@code start}. */
    public RunPlan plan(Start start) {
        Settings training = training();
        Settings pipeline = new Settings(config).in("pipeline");
        int batch = training.integer("batch");
        int computeThreads = computeThreads(pipeline);
        int samples = data.train().size();
        OrderSetup setup = PipelineReader.order(pipeline, computeThreads, model.layersWithWeights(), samples, batch);
        return plan(
                start,
                setup,
                PipelineReader.partition(pipeline, model, setup.order(), batch, training.has("clip-norm")));
    }

    /** The plan of a run of the same network, a number of batches of this order, cut into stages of about equal work. */
    public RunPlan plan(Schedule schedule) {
        return plan(Start.FRESH, OrderSetup.flushed(new Settings(config).in("pipeline"), schedule), Optional.empty());
    }

    private RunPlan plan(Start start, OrderSetup setup, Optional<Partition> partition) {
        Settings training = training();
        Settings pipeline = new Settings(config).in("pipeline");
        int batch = training.integer("batch");
        int computeThreads = computeThreads(pipeline);
        int samples = data.train().size();
        Order order = setup.order();
        long seed = training.longInteger("seed");
        long stepsPerEpoch = BatchOrder.stepsPerEpoch(samples, batch);
        RunPlan.Limits limits = new RunPlan.Limits(training.integer("epochs"), training.longInteger("steps"));
        long batches = limits.epochs() * stepsPerEpoch;
        long lastBatch = limits.steps() > 0 ? Math.min(batches, limits.steps()) : batches;
        // a stream steps more often than once a batch, and a learning rate may count epochs
        OptimizerReader.Steps steps = new OptimizerReader.Steps(
                Math.max(1, order.optimizerSteps(stepsPerEpoch)), Math.max(1, order.optimizerSteps(lastBatch)));
        boolean nesterov = order.stream().map(StreamSpec::policy).equals(Optional.of(WeightPolicy.NESTEROV));
        UpdatePolicy policy = OptimizerReader.read(training, steps, nesterov).with(setup.correction());
        int patience = training.integer("early-stopping");
        RunPlanBuilder builder = RunPlanBuilder.of(model);
        partition.ifPresent(builder::partition);
        return builder.loss(loss())
                .policy(policy)
                .order(order)
                .batch(batch)
                .limits(limits)
                .shuffle(training.flag("shuffle"))
                .seed(seed)
                .augmentations(AugmentReader.read(config))
                .watching(new Watching(
                        patience == 0 ? Optional.empty() : Optional.of(patience),
                        training.flag("restore-best"),
                        OptimizerReader.plateau(training)))
                .kernels(KernelsReader.read(training))
                .evaluateEvery(training.integer("evaluate-every"))
                .computeThreads(computeThreads)
                .recompute(PipelineReader.recomputed(pipeline, order))
                .messages(pipeline.choice("messages", Precision.class))
                .link(LinkReader.read(pipeline.has("link") ? pipeline.text("link") : "", seed))
                .build(data, start);
    }

    private static int computeThreads(Settings pipeline) {
        int threads = pipeline.integer("compute-threads");
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }

    private Settings training() {
        return new Settings(config).in("training");
    }
}
