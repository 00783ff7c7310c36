package millrace.nn.infer;

/**
 * How well values are predicted; definitions are those of scikit-learn's {@code r2_score}, {@code mean_absolute_error} and
 * {@code root_mean_squared_error}, over several targets the mean of each one's.
 *
 * @param r2 1 minus the squared errors over the squared distances from the mean: 1 is perfect, 0 no better than the mean;
 *     of targets that are all alike 1 or 0; NaN of fewer than two samples
 * @param mae mean absolute error, in the targets' unit
 * @param rmse root of the mean squared error, in the targets' unit
 */
public record RegressionScores(double r2, double mae, double rmse) {}
