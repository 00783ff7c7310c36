package millrace.nn.infer;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * All figures that a model is judged by on a set. Those beside the evaluation need every output at once, so that they
 * are found by a {@link Predictor} alone, and not while training.
 *
 * @param evaluation loss and confusion matrix, with precision, recall and F1 of the classes
 * @param topFive share of the labels that are among the five largest outputs; empty where there are no more outputs
 * @param auc area under the ROC curve, of more than two classes the mean over each one against the rest; empty for sequences
 *     and values, and where there is one class alone
 * @param regression of values; empty for classes
 */
public record Scores(
        Evaluation evaluation, OptionalDouble topFive, OptionalDouble auc, Optional<RegressionScores> regression) {}
