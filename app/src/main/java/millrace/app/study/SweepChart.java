package millrace.app.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import millrace.app.picture.Chart;
import millrace.app.picture.Picture;
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
            lines.computeIfAbsent(name(schedule), _ -> new ArrayList<>())
                    .add(new Chart.Value(schedule.microBatches(), simulation.bubble()));
        }
        return chart("Bubble by schedule", "bubble (share of the makespan)", lines);
    }

    /** How a schedule's line is called. */
    public static String name(Schedule schedule) {
        String chunks = schedule.placement().chunks() > 1 ? ", " + schedule.chunks() + " chunks" : "";
        return schedule.name() + ", " + schedule.ranks() + " ranks" + chunks;
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
