package millrace.nn.stage;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.tanh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Stage models one behind the other, driven by hand. */
public final class Line implements AutoCloseable {
    static final Model MODEL = Model.of(Shape.of(6), dense(7), relu(), dropout(0.3f), dense(5), tanh(), dense(4));
    static final int BATCH = 8;

    public final List<StageModel> stages = new ArrayList<>();

    /** How a batch is worked off. */
    public enum Order {
        ONE_BY_ONE,
        ALL_FORWARD_FIRST,
        WEIGHTS_LAST
    }

    public Line(TrainingSpec spec, Dataset train, int stages) {
        Partition partition = Partition.balanced(spec.model(), stages);
        for (int stage = 0; stage < stages; stage++) {
            this.stages.add(new StageModel(spec, partition.range(stage), train, 2 * spec.microBatches()));
        }
    }

    static Dataset data(int samples) {
        return new RandomClassesSource(samples, 6, 4, 3).generate();
    }

    static TrainingSpec spec(Optimizer optimizer, int microBatches) {
        return new TrainingSpec(MODEL, Losses.crossEntropy(), UpdatePolicy.of(optimizer), BATCH, microBatches, true, 5);
    }

    /** One optimizer step; returns the loss. */
    public double step(int microBatches, Order order) {
        long step = stages.getFirst().optimizer().steps();
        for (int i = 0; i < microBatches; i++) {
            forward(step, i);
            if (order == Order.ONE_BY_ONE) {
                backward(step, i, true);
            }
        }
        if (order != Order.ONE_BY_ONE) {
            for (int i = 0; i < microBatches; i++) {
                backward(step, i, order == Order.ALL_FORWARD_FIRST);
            }
        }
        if (order == Order.WEIGHTS_LAST) {
            for (StageModel stage : stages) {
                for (int i = 0; i < microBatches; i++) {
                    stage.compute().backwardWeight(step, i);
                }
            }
        }
        double loss = Double.NaN;
        for (StageModel stage : stages) {
            stage.optimizer().step();
            loss = stage.compute().takeLoss(step);
        }
        return loss;
    }

    private void forward(long step, int microBatch) {
        @Nullable Tensor activation = null;
        for (StageModel stage : stages) {
            activation = stage.compute().forward(step, microBatch, activation);
        }
    }

    private void backward(long step, int microBatch, boolean full) {
        @Nullable Tensor delta = null;
        for (StageModel stage : stages.reversed()) {
            delta = full
                    ? stage.compute().backward(step, microBatch, delta)
                    : stage.compute().backwardInput(step, microBatch, delta);
        }
    }

    /** Weights and optimizer state of all stages, by name. */
    public Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        for (StageModel stage : stages) {
            stage.state().weights().forEach(weight -> state.put(weight.name(), weight.tensor()));
            stage.state().optimizerState().forEach(buffer -> state.put(buffer.name(), buffer.tensor()));
        }
        return state;
    }

    /** The same as numbers, equal when equal to the bit. */
    Map<String, List<Float>> numbers() {
        Map<String, List<Float>> numbers = new LinkedHashMap<>();
        state().forEach((name, tensor) -> numbers.put(name, RandomChain.values(tensor)));
        return numbers;
    }

    @Override
    public void close() {
        stages.forEach(StageModel::checkDrained);
        stages.forEach(StageModel::close);
    }
}
