package millrace.nn.infer;

/**
 * How well one target of a regression is predicted; definitions are those of scikit-learn's {@code r2_score}, {@code
 * mean_absolute_error} and {@code root_mean_squared_error}.
 *
 * @param r2 1 minus the squared errors over the squared distances from the mean: 1 is perfect, 0 no better than the mean;
 *     of targets that are all alike 1 or 0; NaN of fewer than two samples
 * @param mae mean absolute error, in the target's unit
 * @param rmse root of the mean squared error, in the target's unit
 */
public record TargetScores(double r2, double mae, double rmse) {}
