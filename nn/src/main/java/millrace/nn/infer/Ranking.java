package millrace.nn.infer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import millrace.nn.data.Dataset;
import millrace.nn.tensor.Tensor;

/**
 * How a network ranks the classes of a sample, and the samples of a class: what a confusion matrix does not know. Values
 * are those of scikit-learn's {@code top_k_accuracy_score} and {@code roc_auc_score}.
 */
final class Ranking {
    private static final int TOP = 5;

    private final int outputs;
    // of each sample the probabilities of all classes, or the one output: what samples are ranked by
    private final List<double[]> probabilities = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();
    private final boolean ranksSamples;
    private long counted;
    private long amongTheTop;

    /**
     * @param outputs of the network for each label
     * @param ranksSamples whether there is one label a sample; of places of sequences there are too many to keep
     */
    Ranking(int outputs, boolean ranksSamples) {
        this.outputs = outputs;
        this.ranksSamples = ranksSamples;
    }

    /** Rows of outputs with their labels. */
    void add(Tensor output, Tensor target) {
        for (int i = 0; i < target.shape().size(); i++) {
            int label = target.getInt(i);
            if (label == Dataset.IGNORED) {
                continue;
            }
            double[] row = new double[outputs];
            for (int c = 0; c < outputs; c++) {
                row[c] = output.getFloat((long) i * outputs + c);
            }
            counted++;
            if (outputs > TOP && placeOf(label, row) < TOP) {
                amongTheTop++;
            }
            if (ranksSamples) {
                labels.add(label);
                probabilities.add(outputs == 1 ? row : softmax(row));
            }
        }
    }

    /** Classes before this one; of equal outputs the later class comes first. */
    private static int placeOf(int label, double[] row) {
        int place = 0;
        for (int c = 0; c < row.length; c++) {
            if (row[c] > row[label] || (row[c] == row[label] && c > label)) {
                place++;
            }
        }
        return place;
    }

    private static double[] softmax(double[] row) {
        double most = Arrays.stream(row).max().orElse(0);
        double[] shares = Arrays.stream(row).map(x -> Math.exp(x - most)).toArray();
        double sum = Arrays.stream(shares).sum();
        return Arrays.stream(shares).map(share -> share / sum).toArray();
    }

    /** Share of the labels that are among the five largest outputs; empty where there are no more than five. */
    OptionalDouble topFive() {
        return outputs > TOP && counted > 0
                ? OptionalDouble.of((double) amongTheTop / counted)
                : OptionalDouble.empty();
    }

    /**
     * Area under the ROC curve: of two classes that of the second one; of more the mean over the classes, each against the
     * rest, of those that there are and are not all. Empty where there is none.
     */
    OptionalDouble auc() {
        if (outputs <= 2) {
            return area(1, outputs - 1);
        }
        return IntStream.range(0, outputs)
                .mapToObj(c -> area(c, c))
                .flatMapToDouble(OptionalDouble::stream)
                .average();
    }

    /** By the ranks of the class's samples among all; equal values share the mean of their ranks. */
    private OptionalDouble area(int label, int column) {
        int n = labels.size();
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = probabilities.get(i)[column];
        }
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(values[a], values[b]));
        double ranks = 0;
        long positive = 0;
        for (int from = 0, to; from < n; from = to) {
            to = from;
            long equalPositive = 0;
            while (to < n && values[order[to]] == values[order[from]]) {
                equalPositive += labels.get(order[to]) == label ? 1 : 0;
                to++;
            }
            // ranks from + 1 to "to"
            ranks += equalPositive * (from + 1 + to) / 2.0;
            positive += equalPositive;
            if (to == from) {
                // not a number: nothing can be ranked
                return OptionalDouble.empty();
            }
        }
        long negative = n - positive;
        return positive == 0 || negative == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of((ranks - positive * (positive + 1) / 2.0) / ((double) positive * negative));
    }
}
