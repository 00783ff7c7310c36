package millrace.actors.plan;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.gelu;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.tanh;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import millrace.nn.backend.Backend;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.kernel.Precision;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
import millrace.schedule.order.Flushed;
import org.jspecify.annotations.Nullable;

/** Plans of small runs: by default 22 samples in batches of 8 (the last of 6), three epochs, one stage. */
public final class PlanBuilder {
    /** Four layers with weights, and dropout. */
    public static final Model MODEL =
            Model.of(Shape.of(6), dense(8), relu(), dropout(0.2f), dense(7), tanh(), dense(5), gelu(), dense(3));

    private static final int MOST_STAGES = 8;

    /** Eight layers with weights. */
    public static final Model DEEP = Model.of(
            Shape.of(6),
            dense(8),
            relu(),
            dense(7),
            dropout(0.3f),
            dense(6),
            tanh(),
            dense(8),
            dense(5),
            relu(),
            dense(6),
            tanh(),
            dense(4),
            dense(3));

    public static final int BATCH = 8;

    private Model model = MODEL;
    private Dataset train = data(22, 1);
    private @Nullable Dataset validation;
    private @Nullable Dataset test;
    private UpdatePolicy policy = UpdatePolicy.of(new Optimizer.Adam(1e-2));
    private int stages = 1;
    private String name = "1f1b";
    private int microBatches = 1;
    private int batch = BATCH;
    private @Nullable Schedule schedule;
    private int epochs = 3;
    private long steps;
    private Optional<Integer> patience = Optional.empty();
    private Start start = Start.FRESH;
    private Backend backend = Backend.fast();
    private Precision messages = Precision.F32;

    /** Random samples of three classes. */
    public static Dataset data(int samples, long seed) {
        return new RandomClassesSource(samples, 6, 3, seed).generate();
    }

    /** With as many stages a rank as is usual for a schedule, but with no more in all than {@link #DEEP} has layers with weights. */
    public static PipelineShape shape(String schedule, int ranks, int microBatches) {
        int usual = Schedules.named(schedule).defaultChunks();
        return new PipelineShape(ranks, Math.min(usual, Math.max(1, MOST_STAGES / ranks)), microBatches);
    }

    public PlanBuilder model(Model value) {
        model = value;
        return this;
    }

    public PlanBuilder train(Dataset value) {
        train = value;
        return this;
    }

    public PlanBuilder validation(Dataset value) {
        validation = value;
        return this;
    }

    public PlanBuilder test(Dataset value) {
        test = value;
        return this;
    }

    public PlanBuilder optimizer(Optimizer value) {
        return policy(UpdatePolicy.of(value));
    }

    public PlanBuilder policy(UpdatePolicy value) {
        policy = value;
        return this;
    }

    public PlanBuilder line(int numberOfStages, String scheduleName, int numberOfMicroBatches) {
        stages = numberOfStages;
        name = scheduleName;
        microBatches = numberOfMicroBatches;
        return this;
    }

    public PlanBuilder batch(int value) {
        batch = value;
        return this;
    }

    public PlanBuilder backend(Backend value) {
        backend = value;
        return this;
    }

    public PlanBuilder messages(Precision value) {
        messages = value;
        return this;
    }

    /** A schedule that no generator makes. */
    public PlanBuilder schedule(Schedule value) {
        schedule = value;
        return line(value.stages(), value.name(), value.microBatches());
    }

    public PlanBuilder epochs(int value) {
        epochs = value;
        return this;
    }

    public PlanBuilder steps(long value) {
        steps = value;
        return this;
    }

    public PlanBuilder earlyStopping(int value) {
        patience = Optional.of(value);
        return this;
    }

    public PlanBuilder start(Start value) {
        start = value;
        return this;
    }

    /** Goes on where a snapshot was taken. */
    public PlanBuilder resume(Snapshot snapshot) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (NamedTensor tensor : snapshot.weights()) {
            tensors.put(tensor.name(), tensor.tensor());
        }
        for (NamedTensor tensor : snapshot.optimizerState()) {
            tensors.put(tensor.name(), tensor.tensor());
        }
        return start(new Start(snapshot.step(), tensors));
    }

    public RunPlan build() {
        Schedule order = schedule == null ? Schedules.generate(name, stages, microBatches) : schedule;
        return new RunPlan(
                new TrainingSpec(model, Losses.crossEntropy(), policy, batch, microBatches, true, 7)
                        .with(backend)
                        .sending(messages),
                Partition.balanced(model, order.stages()),
                new Flushed(order),
                new TrainingData(train, validation, test),
                new RunPlan.Limits(epochs, steps),
                patience,
                2,
                start);
    }
}
