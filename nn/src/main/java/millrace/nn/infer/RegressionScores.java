package millrace.nn.infer;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How well values are predicted: each target by itself (scikit-learn's {@code multioutput="raw_values"}), and their mean. A mean of
 * errors says something only where all targets have one unit; R2 has none.
 *
 * @param targets one a target, in the order of the network's outputs
 */
public record RegressionScores(List<TargetScores> targets) {
    /** Copies the list. */
    public RegressionScores {
        targets = List.copyOf(targets);
    }

    /** The mean of the targets' R2; NaN of fewer than two samples. */
    public double r2() {
        return mean(TargetScores::r2);
    }

    /** The mean of the targets' mean absolute errors. */
    public double mae() {
        return mean(TargetScores::mae);
    }

    /** The mean of the roots of the targets' mean squared errors. */
    public double rmse() {
        return mean(TargetScores::rmse);
    }

    private double mean(ToDoubleFunction<TargetScores> score) {
        return targets.stream().mapToDouble(score).average().orElse(Double.NaN);
    }
}
