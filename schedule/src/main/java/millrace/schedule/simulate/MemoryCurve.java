package millrace.schedule.simulate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline.Span;

/** What ranks hold of micro-batches in the course of a simulated batch. */
public final class MemoryCurve {
    /**
     * From a time on a rank holds so much.
     *
     * @param held in the costs' unit of memory
     */
    public record Point(double time, double held) {}

    private MemoryCurve() {}

    /**
     * For each rank the times at which what it holds changes: with the beginning of an action that leaves something behind, and with the end
     * of one that gives it back.
     */
    public static List<List<Point>> of(Simulation simulation) {
        Set<Integer> recomputed = simulation.schedule().recomputed();
        List<Span> spans = simulation.timeline("", "").spans();
        List<List<Point>> curves = new ArrayList<>();
        for (int rank = 0; rank < simulation.schedule().ranks(); rank++) {
            int row = rank;
            List<Point> curve = new ArrayList<>(List.of(new Point(0, 0)));
            double held = 0;
            List<Span> own = spans.stream()
                    .filter(span -> span.rank() == row)
                    .sorted(Comparator.comparingDouble(Span::start).thenComparingDouble(Span::end))
                    .toList();
            for (Span span : own) {
                Action action = span.action();
                double change = simulation
                        .costs()
                        .stages()
                        .get(action.stage())
                        .held(action.kind(), recomputed.contains(action.stage()));
                if (change != 0) {
                    held += change;
                    curve.add(new Point(change > 0 ? span.start() : span.end(), held));
                }
            }
            curves.add(List.copyOf(curve));
        }
        return List.copyOf(curves);
    }
}
