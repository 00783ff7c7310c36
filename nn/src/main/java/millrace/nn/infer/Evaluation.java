package millrace.nn.infer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How a model does on a data set. The loss is weighted where samples have weights, as it is in training; everything else counts
 * samples.
 *
 * @param samples how many
 * @param loss mean over the samples, for sequences over their positions
 * @param confusion samples or positions: rows are true classes, columns predicted ones; empty for regression
 */
public record Evaluation(long samples, double loss, List<List<Long>> confusion) {
    /** Whether there are classes, and so an accuracy. */
    public boolean isClassification() {
        return !confusion.isEmpty();
    }

    /** Precision, recall and F1 of each class, by label; empty for regression. */
    public List<ClassScores> classScores() {
        List<ClassScores> scores = new ArrayList<>();
        for (int label = 0; label < confusion.size(); label++) {
            scores.add(ClassScores.of(confusion.get(label).get(label), predicted(label), support(label)));
        }
        return scores;
    }

    private long support(int label) {
        return confusion.get(label).stream().mapToLong(Long::longValue).sum();
    }

    private long predicted(int label) {
        return confusion.stream().mapToLong(row -> row.get(label)).sum();
    }

    /** The mean over the classes that occur, in the set or among the predicted ones; NaN for regression. */
    public ClassScores macroScores() {
        return ClassScores.macro(occurring());
    }

    /** The same, each class with the weight of its samples. */
    public ClassScores weightedScores() {
        return ClassScores.weighted(occurring());
    }

    private List<ClassScores> occurring() {
        List<ClassScores> all = classScores();
        return IntStream.range(0, all.size())
                .filter(label -> support(label) + predicted(label) > 0)
                .mapToObj(all::get)
                .toList();
    }

    /** Share of the samples or positions whose class was predicted; NaN for regression. */
    public double accuracy() {
        long right = 0;
        long all = 0;
        for (int i = 0; i < confusion.size(); i++) {
            right += confusion.get(i).get(i);
            all += confusion.get(i).stream().mapToLong(Long::longValue).sum();
        }
        return isClassification() ? (double) right / all : Double.NaN;
    }
}
