package millrace.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import millrace.app.picture.Chart;
import millrace.app.picture.PictureFile;

/** Accuracy against samples and against seconds, one line a method. */
final class StudyCharts {
    /** The axis goes so far down from the best: the way up from a first epoch. */
    private static final double ROOM = 0.08;

    /** Methods that end below this have learned too little to make room for. */
    private static final double LEARNED = 0.5;

    private StudyCharts() {}

    /** Writes a workload's charts. */
    static void write(StudyFolder folder, StudyWorkload workload, List<MeanCurve> curves) {
        String title = "Test accuracy, " + workload.preset() + " in " + workload.stages() + " stages";
        PictureFile.write(
                folder.path(workload.name() + "-samples.svg"),
                chart(curves, title, "samples (thousands)", point -> point.samples() / 1e3));
        PictureFile.write(
                folder.path(workload.name() + "-seconds.svg"),
                chart(curves, title, "seconds of training", Curve.Point::seconds));
    }

    private static Chart chart(List<MeanCurve> curves, String title, String across, ToDoubleFunction<Curve.Point> x) {
        List<Chart.Line> lines = curves.stream()
                .map(curve -> new Chart.Line(
                        curve.method().word() + ", lr " + curve.rate(),
                        curve.points().stream()
                                .map(point -> new Chart.Value(x.applyAsDouble(point), 100 * point.accuracy()))
                                .toList()))
                .toList();
        double most = accuracies(curves).max().orElse(1);
        return Chart.of(title, across, "test accuracy (%), mean of the seeds", lines)
                .within(least(most, curves), Math.min(100, Math.ceil(100 * most)));
    }

    /** In percent: low enough for every end of a method that learned. */
    private static double least(double most, List<MeanCurve> curves) {
        double ends = curves.stream()
                .flatMapToDouble(curve -> curve.finalAccuracy().stream())
                .filter(end -> end > LEARNED)
                .min()
                .orElse(most);
        return Math.max(0, Math.floor(100 * Math.min(most - ROOM, ends - 0.01)));
    }

    private static DoubleStream accuracies(List<MeanCurve> curves) {
        return curves.stream().flatMapToDouble(curve -> curve.points().stream().mapToDouble(Curve.Point::accuracy));
    }
}
