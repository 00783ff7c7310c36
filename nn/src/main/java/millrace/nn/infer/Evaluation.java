package millrace.nn.infer;

import java.util.List;

/**
 * How a model does on a data set.
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
