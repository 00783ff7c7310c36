package millrace.bench;

import java.util.ArrayList;
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
                .map(curve -> new Chart.Line(curve.method().word() + ", lr " + curve.rate(), values(curve, x)))
                .toList();
        double most = accuracies(curves).max().orElse(1);
        double highest = curves.stream()
                .flatMap(curve -> curve.spreads().stream())
                .mapToDouble(MeanCurve.Spread::high)
                .max()
                .orElse(1);
        return Chart.of(
                        title,
                        across,
                        "test accuracy (%), mean of the seeds; bars from the least accurate seed to the most",
                        lines)
                .within(least(most, curves), Math.min(100, Math.ceil(100 * highest)));
    }

    /** In percent, with an error bar where there are several seeds. */
    static List<Chart.Value> values(MeanCurve curve, ToDoubleFunction<Curve.Point> x) {
        List<Chart.Value> values = new ArrayList<>();
        for (int i = 0; i < curve.points().size(); i++) {
            Curve.Point point = curve.points().get(i);
            MeanCurve.Spread spread = curve.spreads().get(i);
            values.add(new Chart.Value(
                    x.applyAsDouble(point), 100 * point.accuracy(), 100 * spread.low(), 100 * spread.high()));
        }
        return values;
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
