package millrace.nn.infer;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How well one class is found, or on average all of them; definitions and values are those of scikit-learn's
 * {@code precision_recall_fscore_support}, with 0 where a share of nothing would be asked for.
 *
 * @param precision share of the right ones among those that were predicted
 * @param recall share of the right ones among those that there are
 * @param f1 harmonic mean of the two
 * @param support samples or positions of the class
 */
public record ClassScores(double precision, double recall, double f1, long support) {
    static ClassScores of(long right, long predicted, long support) {
        return new ClassScores(
                share(right, predicted), share(right, support), share(2 * right, predicted + support), support);
    }

    private static double share(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    /** The mean over classes. */
    static ClassScores macro(List<ClassScores> classes) {
        return mean(classes, _ -> 1);
    }

    /** The mean over classes, each with the weight of its support. */
    static ClassScores weighted(List<ClassScores> classes) {
        return mean(classes, ClassScores::support);
    }

    private static ClassScores mean(List<ClassScores> classes, ToDoubleFunction<ClassScores> weight) {
        double all = classes.stream().mapToDouble(weight).sum();
        return new ClassScores(
                sum(classes, weight, ClassScores::precision) / all,
                sum(classes, weight, ClassScores::recall) / all,
                sum(classes, weight, ClassScores::f1) / all,
                classes.stream().mapToLong(ClassScores::support).sum());
    }

    private static double sum(
            List<ClassScores> classes, ToDoubleFunction<ClassScores> weight, ToDoubleFunction<ClassScores> score) {
        return classes.stream()
                .mapToDouble(scores -> weight.applyAsDouble(scores) * score.applyAsDouble(scores))
                .sum();
    }
}
