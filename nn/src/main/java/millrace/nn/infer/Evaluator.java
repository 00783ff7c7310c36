package millrace.nn.infer;

import java.util.Arrays;
import java.util.List;
import millrace.nn.data.Dataset;
import millrace.nn.data.Targets;
import millrace.nn.kernel.Kernels;
import millrace.nn.loss.Loss;
import millrace.nn.model.Model;
import millrace.nn.model.TrainingSpec;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Sums up the outputs of a data set's chunks: loss, and for classes the confusion matrix. */
public final class Evaluator {
    private final Loss loss;
    private final Kernels kernels;
    private final long[][] confusion;
    private final double boundary;
    private double lossSum;
    private double weight;
    private long samples;

    /**
     * An evaluator that has seen nothing yet, for outputs that are logits.
     *
     * @param classes number of classes, or of the network's outputs where it has more of these; 0 for regression
     */
    public Evaluator(Loss loss, int classes, Kernels kernels) {
        this(loss, classes, kernels, 0);
    }

    /** @param boundary of one output, above which it means the second class */
    private Evaluator(Loss loss, int classes, Kernels kernels, double boundary) {
        this.loss = loss;
        this.boundary = boundary;
        this.kernels = kernels;
        this.confusion = new long[classes][classes];
    }

    /** For a data set and the model of a training. */
    public static Evaluator of(TrainingSpec spec, Dataset data) {
        return of(spec.loss(), spec.model(), data, spec.kernels());
    }

    /** For a data set and a model. */
    static Evaluator of(Loss loss, Model model, Dataset data, Kernels kernels) {
        return new Evaluator(loss, classes(model, data), kernels, boundary(model));
    }

    /**
     * The value of a single output above which it means the second of two classes: 0 for a logit. A sigmoid at the end makes
     * probabilities, none of which is below 0; their boundary is 0.5.
     */
    public static double boundary(Model model) {
        return model.lastFunction().equals("sigmoid") ? 0.5 : 0;
    }

    /** So many that each output of the network is counted as what it is: one for which there is no class is wrong. */
    static int classes(Model model, Dataset data) {
        // one output alone tells between two classes
        int outputs = Math.max(2, model.outputShape().last());
        return data.isClassification() ? Math.max(data.classes().size(), outputs) : 0;
    }

    /**
     * Adds a chunk. A sum of losses depends on its order: chunks come in the order of the data set.
     *
     * @param output rows x outputs, or rows x positions x outputs
     * @param targets labels (rows, or rows x positions) or values (rows x outputs)
     */
    public void add(Tensor output, Targets targets) {
        lossSum += loss.sum(kernels, output, targets);
        weight += loss.weight(targets);
        Tensor target = targets.values();
        samples += output.rows();
        if (confusion.length > 0 && output.rows() > 0) {
            int positions = Math.toIntExact(target.shape().size());
            int outputs = Math.toIntExact(output.shape().size() / positions);
            Tensor each = output.reshape(Shape.of(positions, outputs));
            for (int r = 0; r < positions; r++) {
                if (target.getInt(r) != Dataset.IGNORED) {
                    confusion[target.getInt(r)][predictedClass(each, r, boundary)]++;
                }
            }
        }
    }

    /** What all chunks together have come to. */
    public Evaluation result() {
        List<List<Long>> rows = Arrays.stream(confusion)
                .map(row -> Arrays.stream(row).boxed().toList())
                .toList();
        return new Evaluation(samples, lossSum / weight, rows);
    }

    /**
     * The class with the largest output; with one output, class 1 when it is above the boundary.
     *
     * @param boundary as {@link #boundary} has it
     */
    public static int predictedClass(Tensor output, int row, double boundary) {
        int columns = output.columns();
        long first = (long) row * columns;
        if (columns == 1) {
            return output.getFloat(first) > boundary ? 1 : 0;
        }
        int best = 0;
        for (int c = 1; c < columns; c++) {
            if (output.getFloat(first + c) > output.getFloat(first + best)) {
                best = c;
            }
        }
        return best;
    }
}
