package millrace.nn.infer;

import java.util.Optional;
import java.util.stream.IntStream;
import millrace.nn.data.Normalization;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Sums up the errors of predicted values, target by target, in the targets' own unit. */
final class RegressionSums {
    private final @Nullable Normalization normalization;
    private final double[] squares;
    private final double[] distances;
    // of the targets, by Welford's method: a difference of large sums would have no digit left
    private final double[] mean;
    private final double[] spread;
    private long rows;

    /**
     * @param targets values a sample
     * @param normalization what the targets were normalised by; empty: they are in their own unit
     */
    RegressionSums(int targets, Optional<Normalization> normalization) {
        this.normalization = normalization.orElse(null);
        this.squares = new double[targets];
        this.distances = new double[targets];
        this.mean = new double[targets];
        this.spread = new double[targets];
    }

    void add(Tensor output, Tensor target) {
        double[] predicted = restored(output);
        double[] wanted = restored(target);
        int columns = mean.length;
        for (int row = 0; row < output.rows(); row++) {
            rows++;
            for (int c = 0; c < columns; c++) {
                double truth = wanted[row * columns + c];
                double error = predicted[row * columns + c] - truth;
                squares[c] += error * error;
                distances[c] += Math.abs(error);
                double before = truth - mean[c];
                mean[c] += before / rows;
                spread[c] += before * (truth - mean[c]);
            }
        }
    }

    private double[] restored(Tensor tensor) {
        float[] values = tensor.toFloats();
        return normalization != null
                ? normalization.restore(values)
                : IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    RegressionScores scores() {
        return new RegressionScores(IntStream.range(0, mean.length)
                .mapToObj(c -> new TargetScores(
                        rows < 2 ? Double.NaN : r2(c), distances[c] / rows, Math.sqrt(squares[c] / rows)))
                .toList());
    }

    private double r2(int column) {
        if (spread[column] == 0) {
            return squares[column] == 0 ? 1 : 0;
        }
        return 1 - squares[column] / spread[column];
    }
}
