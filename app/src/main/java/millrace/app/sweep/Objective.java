package millrace.app.sweep;

import java.util.List;
import java.util.Map;
import millrace.nn.infer.Evaluation;

/**
 * What trials are compared by.
 *
 * @param set the set that is evaluated: {@code validation} or {@code test}; {@code training} for the loss of the last step
 * @param accuracy whether it is the accuracy, where more is better; otherwise the loss
 */
public record Objective(String set, boolean accuracy) {
    private static final String TRAINING = "training";
    private static final List<String> WORDS =
            List.of("validation-accuracy", "validation-loss", "test-accuracy", "test-loss", "training-loss");

    /** @throws IllegalArgumentException on an unknown word */
    public static Objective named(String word) {
        if (!WORDS.contains(word)) {
            throw new IllegalArgumentException(
                    "--objective: " + word + " (expected: one of " + String.join(", ", WORDS) + ")");
        }
        int hyphen = word.indexOf('-');
        return new Objective(word.substring(0, hyphen), word.endsWith("accuracy"));
    }

    /**
     * What is usual: the validation set, without one the test set, without either the training's loss; the accuracy for
     * classes.
     *
     * @param classification whether a set has classes, by its name
     */
    public static Objective usual(Map<String, Boolean> classification) {
        return List.of("validation", "test").stream()
                .filter(classification::containsKey)
                .map(set -> new Objective(set, Boolean.TRUE.equals(classification.get(set))))
                .findFirst()
                .orElse(new Objective(TRAINING, false));
    }

    /**
     * Checks that there will be a value.
     *
     * @param classification as {@link #usual} has it
     * @throws IllegalArgumentException when there is no such set, or it has no classes
     */
    public void check(Map<String, Boolean> classification) {
        if (!set.equals(TRAINING) && !classification.containsKey(set)) {
            throw new IllegalArgumentException("--objective: " + word() + " without a " + set
                    + " set (expected: a set that there is); set -D data." + set + "=0.1 or take another objective");
        }
        if (accuracy && !Boolean.TRUE.equals(classification.get(set))) {
            throw new IllegalArgumentException("--objective: " + word() + " of values (expected: " + set + "-loss)");
        }
    }

    /** The word for it: {@code validation-accuracy}. */
    public String word() {
        return set + (accuracy ? "-accuracy" : "-loss");
    }

    /**
     * Its value of a run.
     *
     * @param loss of the last step
     * @return NaN where the run has none
     */
    public double value(double loss, Map<String, Evaluation> evaluations) {
        if (set.equals(TRAINING)) {
            return loss;
        }
        Evaluation evaluation = evaluations.get(set);
        if (evaluation == null) {
            return Double.NaN;
        }
        return accuracy ? evaluation.accuracy() : evaluation.loss();
    }

    /** What is to be small; what is no number counts as the largest in comparisons of doubles. */
    public double cost(double value) {
        return accuracy ? -value : value;
    }
}
