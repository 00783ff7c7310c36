package millrace.app.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import millrace.app.picture.Chart;
import millrace.app.picture.Picture;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.simulate.Simulation;

/** One line for each schedule, ranks and chunks, over the numbers of micro-batches. */
public final class SweepChart {
    private SweepChart() {}

    /** Bubbles of simulations. */
    public static Picture bubbles(List<Simulation> simulations) {
        Map<String, List<Chart.Value>> lines = new LinkedHashMap<>();
        for (Simulation simulation : simulations) {
            Schedule schedule = simulation.schedule();
            lines.computeIfAbsent(name(schedule.name(), schedule.placement()), _ -> new ArrayList<>())
                    .add(new Chart.Value(schedule.microBatches(), simulation.bubble()));
        }
        return chart("Bubble by schedule", "bubble (share of the makespan)", lines);
    }

    /** How a schedule's line of the chart is called. */
    public static String name(String schedule, Placement placement) {
        String chunks = placement.chunks() > 1 ? ", " + placement.chunks() + " chunks" : "";
        return schedule + ", " + placement.ranks() + " ranks" + chunks;
    }

    /** Lines over numbers of micro-batches. */
    public static Picture chart(String title, String what, Map<String, List<Chart.Value>> lines) {
        return Chart.of(
                title,
                "micro-batches",
                what,
                lines.entrySet().stream()
                        .map(line -> new Chart.Line(line.getKey(), line.getValue()))
                        .toList());
    }
}
