package millrace.bench;

import java.util.List;
import java.util.Locale;

/**
 * A point of a measured run.
 *
 * @param step batches trained
 * @param seconds of training, as {@link Curve} counts them
 * @param accuracy on the test samples; NaN where training diverged, then the run's last point
 * @param loss mean over the test samples
 */
record RunRow(
        String workload,
        StudyMethod method,
        Rate rate,
        long seed,
        long step,
        long samples,
        double seconds,
        double accuracy,
        double loss) {
    static final String HEADER = "workload,method,lr,seed,step,samples,seconds,test accuracy,test loss";

    static RunRow of(List<String> cells) {
        return new RunRow(
                cells.get(0),
                StudyMethod.of(cells.get(1)),
                Rate.of(cells.get(2)),
                Long.parseLong(cells.get(3)),
                Long.parseLong(cells.get(4)),
                Long.parseLong(cells.get(5)),
                Double.parseDouble(cells.get(6)),
                StudyFolder.accuracy(cells.get(7)),
                Double.parseDouble(cells.get(8)));
    }

    List<Object> cells() {
        return List.of(
                workload,
                method.word(),
                rate,
                seed,
                step,
                samples,
                String.format(Locale.ROOT, "%.4f", seconds),
                StudyFolder.text(accuracy),
                String.format(Locale.ROOT, "%.5f", loss));
    }
}
