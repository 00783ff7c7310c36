package millrace.nn.loss;

import java.util.Arrays;
import java.util.List;
import millrace.nn.data.Dataset;
import millrace.nn.data.Targets;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Cross-entropy of logits and labels, softmax fused: {@code log sum exp(x) - x[label]}; gradient softmax - one-hot. For
 * sequences, logits T x V against T labels, every position counts as a sample (PyTorch's {@code reshape(-1, V)}); labels
 * {@link Dataset#IGNORED} do not count. With smoothing e, class weights w and K classes, as in PyTorch:
 *
 * <pre>
 * loss of a position  (1 - e) w[label] (-log p[label]) + e / K * sum over c of w[c] (-log p[c])
 * mean                sum of the losses / sum of w[label]
 * </pre>
 *
 * @param smoothing share of the target that is spread over all classes, in [0, 1]
 * @param classWeights one a class; empty: all 1
 */
public record CrossEntropy(double smoothing, List<Double> classWeights) implements Loss {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public CrossEntropy {
        classWeights = List.copyOf(classWeights);
        if (!(smoothing >= 0 && smoothing <= 1)) {
            throw new IllegalArgumentException("label smoothing: " + smoothing + " (expected: 0 to 1)");
        }
        if (!classWeights.isEmpty() && classWeights.stream().allMatch(weight -> weight == 0)) {
            throw new IllegalArgumentException(
                    "class weights: " + classWeights + " (expected: one or more above 0, else nothing is learned)");
        }
        for (double weight : classWeights) {
            if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "class weight: " + weight + " (expected: a finite number of 0 or more)");
            }
        }
    }

    /** A mean over targets that all weigh nothing is none. */
    @Override
    public void checkTargets(Dataset data) {
        if (data.size() > 0 && !(weight(data.targets(0, data.size())) > 0)) {
            String left = data.weights() == null
                    ? "each label is left out, name some"
                    : "each label is left out or its sample has the weight 0, raise some";
            throw new IllegalArgumentException(data.name() + ": the weights of all labels come to 0 (expected: above 0)"
                    + (classWeights.isEmpty()
                            ? "; " + left
                            : ", with class weights " + classWeights + "; raise that of a class that the set has"
                                    + (data.weights() == null ? "" : " in samples of weights above 0")));
        }
    }

    /** Without smoothing, all classes alike. */
    public CrossEntropy() {
        this(0, List.of());
    }

    /**
     * Class weights with which classes of few samples count as much as those of many: samples / (classes x samples of the class),
     * scikit-learn's "balanced". Where samples have weights, these are counted instead of samples. A class without samples, or an
     * output without a class, has weight 0.
     *
     * @param outputs of the network
     */
    public static List<Double> balanced(Dataset data, int outputs) {
        double[] counts = new double[outputs];
        Targets targets = data.targets(0, data.size());
        int labels = targets.values().columns();
        double all = 0;
        for (int i = 0; i < targets.values().shape().size(); i++) {
            int label = targets.values().getInt(i);
            // labels without an output are told elsewhere
            if (label >= 0 && label < outputs) {
                counts[label] += targets.weight(i / labels);
                all += targets.weight(i / labels);
            }
        }
        double samples = all;
        long classes = Arrays.stream(counts).filter(count -> count > 0).count();
        return Arrays.stream(counts)
                .mapToObj(count -> count == 0 ? 0.0 : samples / (classes * count))
                .toList();
    }

    @Override
    public String name() {
        return "cross-entropy";
    }

    @Override
    public String description() {
        return name()
                + (smoothing == 0 ? "" : " with label smoothing " + smoothing)
                + (classWeights.isEmpty() ? "" : " with class weights " + classWeights);
    }

    @Override
    public boolean takesLabels() {
        return true;
    }

    @Override
    public void check(Shape output, Shape target, int classes) {
        boolean fits = output.rank() == target.rank() + 1 && output.dimension(target.rank()) >= classes;
        for (int i = 0; fits && i < target.rank(); i++) {
            fits = output.dimension(i) == target.dimension(i);
        }
        if (!fits) {
            String positions = target.rank() == 0 ? "" : " at each of the " + target + " positions";
            throw new IllegalArgumentException("output: " + output + " (expected: one logit for each of the " + classes
                    + " classes" + positions + "); give the last dense layer " + classes + " units");
        }
        int logits = output.last();
        if (logits == 1) {
            throw new IllegalArgumentException("output: 1 (expected: 2 or more logits, cross-entropy of a single one is"
                    + " always 0); "
                    + (classes == 1
                            ? "look for the samples of other classes, the data has one class"
                            : "use binary-cross-entropy, or as many units as classes"));
        }
        if (!classWeights.isEmpty() && classWeights.size() != logits) {
            throw new IllegalArgumentException("class weights: " + classWeights.size() + " (expected: " + logits
                    + ", one for each output of the network)");
        }
    }

    @Override
    public double weight(Tensor target) {
        double sum = 0;
        for (long i = 0; i < target.shape().size(); i++) {
            int label = target.getInt(i);
            sum += label == Dataset.IGNORED ? 0 : weight(label);
        }
        return sum;
    }

    @Override
    public double sum(Kernels kernels, Tensor output, Tensor target) {
        int classes = logits(output);
        double sum = 0;
        for (long i = 0; i < target.shape().size(); i++) {
            int label = target.getInt(i);
            if (label != Dataset.IGNORED) {
                sum += loss(output, i * classes, classes, label);
            }
        }
        return sum;
    }

    private double loss(Tensor output, long row, int classes, int label) {
        double logSum = logSumExp(output, row, classes);
        double loss = weight(label) * (logSum - output.getFloat(row + label));
        if (smoothing == 0) {
            return loss;
        }
        double spread = 0;
        for (int c = 0; c < classes; c++) {
            spread += weight(c) * (logSum - output.getFloat(row + c));
        }
        return (1 - smoothing) * loss + smoothing / classes * spread;
    }

    @Override
    public double sumAndGradient(Kernels kernels, Tensor output, Tensor target, float scale, Tensor gradient) {
        int classes = logits(output);
        int rows = Math.toIntExact(target.shape().size());
        kernels.softmax(output.memory(), gradient.memory(), rows, classes);
        boolean plain = smoothing == 0 && classWeights.isEmpty();
        double allWeights = 0;
        for (int c = 0; c < classes; c++) {
            allWeights += weight(c);
        }
        for (int r = 0; r < rows; r++) {
            long row = (long) r * classes;
            int label = target.getInt(r);
            for (int c = 0; c < classes; c++) {
                float probability = gradient.getFloat(row + c);
                float difference = plain || label == Dataset.IGNORED
                        ? probability - (c == label ? 1 : 0)
                        : (float) difference(probability, c, label, classes, allWeights);
                gradient.setFloat(row + c, label == Dataset.IGNORED ? 0 : difference * scale);
            }
        }
        return sum(kernels, output, target);
    }

    /** The derivative of a position's loss with respect to the logit of class c. */
    private double difference(float probability, int c, int label, int classes, double allWeights) {
        double ofLabel = weight(label) * (probability - (c == label ? 1 : 0));
        double ofAll = allWeights * probability - weight(c);
        return (1 - smoothing) * ofLabel + smoothing / classes * ofAll;
    }

    private double weight(int label) {
        return classWeights.isEmpty() ? 1 : classWeights.get(label);
    }

    private static int logits(Tensor output) {
        return output.shape().last();
    }

    private static double logSumExp(Tensor output, long row, int classes) {
        float max = Float.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            max = Math.max(max, output.getFloat(row + c));
        }
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            sum += Math.exp(output.getFloat(row + c) - max);
        }
        return max + Math.log(sum);
    }
}
