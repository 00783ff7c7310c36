package millrace.nn.loss;

import java.util.LinkedHashMap;
import java.util.Map;
import millrace.nn.loss.ElementLoss.Kind;

/** The losses by name. */
public final class Losses {
    private static final Map<String, Loss> BY_NAME = new LinkedHashMap<>();

    static {
        register(new CrossEntropy());
        for (Kind kind : Kind.values()) {
            register(new ElementLoss(kind));
        }
    }

    private Losses() {}

    /** Cross-entropy on logits. */
    public static Loss crossEntropy() {
        return new CrossEntropy();
    }

    /** Mean of squares (PyTorch's MSELoss). */
    public static Loss mse() {
        return new ElementLoss(Kind.MSE);
    }

    /** Binary cross-entropy on logits. */
    public static Loss binaryCrossEntropy() {
        return new ElementLoss(Kind.BINARY_CROSS_ENTROPY);
    }

    /** Huber's loss: half the square up to a distance of {@code delta}, linear beyond (PyTorch's HuberLoss). */
    public static Loss huber(double delta) {
        return new ElementLoss(Kind.HUBER, delta, 1);
    }

    /** Binary cross-entropy on logits that multiplies the part of the positive targets by a weight. */
    public static Loss binaryCrossEntropy(double positiveWeight) {
        return new ElementLoss(Kind.BINARY_CROSS_ENTROPY, 1, positiveWeight);
    }

    /**
     * The loss of that name.
     *
     * @throws IllegalArgumentException listing the known names
     */
    public static Loss named(String name) {
        Loss loss = BY_NAME.get(name);
        if (loss == null) {
            throw new IllegalArgumentException(
                    "loss: " + name + " (expected: one of " + String.join(", ", BY_NAME.keySet()) + ")");
        }
        return loss;
    }

    private static void register(Loss loss) {
        BY_NAME.put(loss.name(), loss);
    }
}
