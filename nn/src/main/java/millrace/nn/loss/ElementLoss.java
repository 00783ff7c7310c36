package millrace.nn.loss;

import java.util.Locale;
import millrace.nn.data.Dataset;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Losses that compare output x and target t value by value; a sample's loss is the mean over its values (PyTorch's
 * reduction "mean").
 *
 * @param kind which
 * @param delta of Huber's loss: the distance from which on it is linear; 1 for the others
 * @param positiveWeight of binary cross-entropy: what the part of the positive targets is multiplied by (PyTorch's
 *     {@code pos_weight}); 1 for the others
 */
public record ElementLoss(Kind kind, double delta, double positiveWeight) implements Loss {
    /** Which comparison. */
    public enum Kind {
        /** (x - t)^2. */
        MSE,
        /** (x - t)^2 / 2: the 1/(2n) form of many textbooks. */
        HALF_MSE,
        /** |x - t|. */
        MAE,
        /** (x - t)^2 / 2 up to a distance of delta, delta (|x - t| - delta / 2) beyond (Huber 1964). */
        HUBER,
        /**
         * Binary cross-entropy of the logit x and t in [0, 1]: max(x, 0) - x t + log(1 + exp(-|x|)); with a weight p of the
         * positive ones (1 - t) x + (1 + (p - 1) t) (max(-x, 0) + log(1 + exp(-|x|))).
         */
        BINARY_CROSS_ENTROPY
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range, or the loss does not have it
     */
    public ElementLoss {
        check("huber-delta", delta, kind, Kind.HUBER);
        check("positive-weight", positiveWeight, kind, Kind.BINARY_CROSS_ENTROPY);
    }

    private static void check(String name, double value, Kind kind, Kind owner) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: above 0 and finite)");
        }
        if (kind != owner && value != 1) {
            throw new IllegalArgumentException(name + ": " + value + " with the loss " + name(kind)
                    + " (expected: 1, it is a setting of " + name(owner) + ")");
        }
    }

    /** With PyTorch's defaults. */
    public ElementLoss(Kind kind) {
        this(kind, 1, 1);
    }

    /** The same loss with other numbers. */
    public ElementLoss with(double otherDelta, double otherPositiveWeight) {
        return new ElementLoss(kind, otherDelta, otherPositiveWeight);
    }

    @Override
    public String description() {
        return name()
                + (delta == 1 ? "" : " with delta " + delta)
                + (positiveWeight == 1 ? "" : " with positive weight " + positiveWeight);
    }

    @Override
    public String name() {
        return name(kind);
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public boolean takesLabels() {
        return false;
    }

    @Override
    public void check(Shape output, Shape target, int classes) {
        boolean binary = kind == Kind.BINARY_CROSS_ENTROPY && classes > 0;
        long expected = binary ? 1 : target.size();
        if (classes > (binary ? 2 : 0)) {
            throw new IllegalArgumentException("loss: " + name() + " (expected: "
                    + (binary ? "2 classes, there are " + classes : "a data set with values, this one has labels")
                    + "); use cross-entropy");
        }
        if (output.size() != expected) {
            throw new IllegalArgumentException("output: " + output + " (expected: " + expected
                    + " as in the targets); give the last dense layer " + expected + " units");
        }
    }

    /** Of logits there is no entropy to be made small with a target that is no probability: it has no lower bound. */
    @Override
    public void checkTargets(Dataset data) {
        Tensor targets = data.targets();
        long size = kind == Kind.BINARY_CROSS_ENTROPY ? targets.shape().size() : 0;
        for (long i = 0; i < size; i++) {
            double value = target(targets, i);
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException(data.name() + ": target row " + i / targets.columns() + ", column "
                        + i % targets.columns() + ": " + value + " (expected: 0 to 1, the loss is " + name()
                        + "); use mse, mae or huber, or let the targets be probabilities, without normalize-targets");
            }
        }
    }

    @Override
    public double sum(Kernels kernels, Tensor output, Tensor target) {
        long n = output.shape().size();
        double sum = 0;
        for (long i = 0; i < n; i++) {
            sum += value(output.getFloat(i), target(target, i));
        }
        return n == 0 ? 0 : sum / output.columns();
    }

    @Override
    public double sumAndGradient(Kernels kernels, Tensor output, Tensor target, float scale, Tensor gradient) {
        long n = output.shape().size();
        double factor = n == 0 ? 0 : (double) scale / output.columns();
        for (long i = 0; i < n; i++) {
            gradient.setFloat(i, (float) (factor * derivative(output.getFloat(i), target(target, i))));
        }
        return sum(kernels, output, target);
    }

    // labels 0 and 1 serve as values: binary cross-entropy on a data set of two classes
    private static double target(Tensor target, long i) {
        return switch (target.type()) {
            case F32 -> target.getFloat(i);
            case I32 -> target.getInt(i);
            case BF16 -> throw new IllegalArgumentException("targets: " + target + " (expected: F32 or I32)");
        };
    }

    private double value(double x, double t) {
        double d = x - t;
        return switch (kind) {
            case MSE -> d * d;
            case HALF_MSE -> d * d / 2;
            case MAE -> Math.abs(d);
            case HUBER -> Math.abs(d) < delta ? d * d / 2 : delta * (Math.abs(d) - delta / 2);
            case BINARY_CROSS_ENTROPY ->
                positiveWeight == 1
                        ? Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x)))
                        : (1 - t) * x + ofPositive(t) * (Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
        };
    }

    private double derivative(double x, double t) {
        double d = x - t;
        return switch (kind) {
            case MSE -> 2 * d;
            case HALF_MSE -> d;
            case MAE -> Math.signum(d);
            case HUBER -> Math.max(-delta, Math.min(delta, d));
            case BINARY_CROSS_ENTROPY ->
                positiveWeight == 1
                        ? 1 / (1 + StrictMath.exp(-x)) - t
                        : (1 - t) - ofPositive(t) / (1 + StrictMath.exp(x));
        };
    }

    /** What the part of a target that is positive weighs, beside the 1 of the rest. */
    private double ofPositive(double t) {
        return 1 + (positiveWeight - 1) * t;
    }
}
