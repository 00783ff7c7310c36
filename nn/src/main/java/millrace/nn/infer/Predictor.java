package millrace.nn.infer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import millrace.nn.backend.Backend;
import millrace.nn.data.Dataset;
import millrace.nn.data.Normalization;
import millrace.nn.data.Targets;
import millrace.nn.layer.Parameter;
import millrace.nn.loss.Loss;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.stage.LayerRun;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** A trained model for evaluation and prediction, on the calling thread. */
public final class Predictor {
    private static final int ROWS = 256;
    // values of a layer's output in one chunk: 64 MiB
    private static final long LARGEST_OUTPUT = 1 << 24;

    private final Model model;
    private final Map<String, Tensor> weights;
    private final Backend backend;

    /**
     * A predictor with the fast kernels of this machine.
     *
     * @param weights by PyTorch's names: {@code 0.weight}
     */
    public Predictor(Model model, Map<String, Tensor> weights) {
        this(model, weights, Backend.fast());
    }

    /**
     * A predictor.
     *
     * @param weights by PyTorch's names: {@code 0.weight}
     * @param backend who does the arithmetic
     */
    public Predictor(Model model, Map<String, Tensor> weights, Backend backend) {
        this.backend = backend;
        this.model = model;
        this.weights = Map.copyOf(weights);
    }

    /** What a chunk of outputs is given to. */
    private interface Sink {
        void accept(int from, int to, Tensor output);
    }

    /**
     * The network's outputs, rows x outputs.
     *
     * @param inputs rows x the model's input shape
     * @throws IllegalArgumentException when they have another shape, or the weights are not the model's
     */
    public Tensor predict(Tensor inputs) {
        requireInputs(inputs);
        Tensor outputs = Tensor.zeros(
                Arena.ofAuto(), ElementType.F32, model.outputShape().batched(inputs.rows()));
        forEachChunk(inputs, (from, to, output) -> {
            long offset = (long) from * output.columns() * output.type().bytes();
            MemorySegment.copy(
                    output.memory(),
                    0,
                    outputs.memory(),
                    offset,
                    output.memory().byteSize());
        });
        return outputs;
    }

    /** Loss, and for classes the confusion matrix. */
    public Evaluation evaluate(Loss loss, Dataset data) {
        requireInputs(data.inputs());
        Evaluator evaluator = Evaluator.of(loss, model, data, backend.kernels(model.precision()));
        forEachChunk(data.inputs(), (from, to, output) -> evaluator.add(output, data.targets(from, to)));
        return evaluator.result();
    }

    /**
     * All figures that a model is judged by.
     *
     * @param ofTargets what the targets were normalised by, so that errors are told in the targets' own unit; empty where
     *     they are in it
     */
    public Scores scores(Loss loss, Dataset data, Optional<Normalization> ofTargets) {
        requireInputs(data.inputs());
        Evaluator evaluator = Evaluator.of(loss, model, data, backend.kernels(model.precision()));
        boolean classes = data.isClassification();
        Ranking ranking =
                new Ranking(model.outputShape().last(), data.targets().shape().rank() == 1);
        RegressionSums sums = new RegressionSums(classes ? 0 : data.targets().columns(), ofTargets);
        forEachChunk(data.inputs(), (from, to, outputs) -> {
            Targets targets = data.targets(from, to);
            evaluator.add(outputs, targets);
            if (classes) {
                ranking.add(outputs, targets.values());
            } else {
                sums.add(outputs, targets.values());
            }
        });
        return new Scores(
                evaluator.result(),
                ranking.topFive(),
                ranking.auc(),
                classes ? Optional.empty() : Optional.of(sums.scores()));
    }

    // kernels take as many numbers a row as the model has inputs, wherever they come from
    private void requireInputs(Tensor inputs) {
        Shape expected = model.inputShape();
        boolean rows = inputs.shape().rank() == expected.rank() + 1;
        if (!rows || !inputs.shape().sample().equals(expected) || inputs.type() != model.inputType()) {
            throw new IllegalArgumentException(
                    "inputs: " + inputs.type() + " of shape " + inputs.shape() + " (expected: "
                            + model.inputType() + " of shape rows x " + expected
                            + ", a row for each sample); change the inputs, or"
                            + " load the model that they are for");
        }
    }

    private void forEachChunk(Tensor inputs, Sink sink) {
        int rows = chunkRows();
        try (Session session = session(rows)) {
            for (int from = 0; from < inputs.rows(); from += rows) {
                int to = Math.min(inputs.rows(), from + rows);
                Tensor output = session.infer(inputs.slice(from, to));
                sink.accept(from, to, output);
                output.release();
            }
        }
    }

    /** The network with its weights in place, for one call after the other. One thread at a time. */
    public final class Session implements AutoCloseable {
        private final LayerRun run;

        private Session(int rows) {
            run = new LayerRun(model, Partition.whole(model).range(0), rows, 0, 1, backend.kernels(model.precision()));
        }

        /**
         * The outputs for a few inputs.
         *
         * @param inputs rows x the model's input shape; one hold of it is taken over
         * @return rows x outputs, with one hold
         */
        public Tensor infer(Tensor inputs) {
            return run.infer(inputs);
        }

        @Override
        public void close() {
            run.close();
        }
    }

    /**
     * The network with these weights in place, to be closed by the caller.
     *
     * @param rows most samples of a call
     * @throws IllegalArgumentException when the weights are not the model's
     */
    public Session session(int rows) {
        Session session = new Session(rows);
        try {
            session.run.parameters().forEach(this::load);
            session.run.buffers().forEach(this::load);
        } catch (IllegalArgumentException e) {
            session.close();
            throw e;
        }
        return session;
    }

    private int chunkRows() {
        long largest = 1;
        for (int i = 0; i <= model.layers().size(); i++) {
            largest = Math.max(largest, model.shapeBefore(i).size());
        }
        return Math.toIntExact(Math.max(1, Math.min(ROWS, LARGEST_OUTPUT / largest)));
    }

    private void load(Parameter parameter) {
        Tensor weight = weights.get(parameter.name());
        if (weight == null || !weight.shape().equals(parameter.shape())) {
            throw new IllegalArgumentException("weights: " + parameter.name() + " is "
                    + (weight == null ? "not there" : weight.shape()) + " (expected: shape " + parameter.shape()
                    + "); are they of another model?");
        }
        parameter.unpack(weight.memory(), parameter.value());
        parameter.changed();
    }
}
