package millrace.schedule.plan;

import java.util.List;
import millrace.schedule.Costs;
import millrace.schedule.Schedule;
import millrace.schedule.simulate.Simulator;

/** The choice among orders of the same work. */
public final class Shortest {
    // sums of decimal fractions that should be equal seldom are
    private static final double RELATIVE_TOLERANCE = 1e-9;

    private Shortest() {}

    /**
     * The one with the shortest simulated batch, of equal ones the first.
     *
     * @param schedules one or more, each valid
     */
    public static Schedule of(List<Schedule> schedules, Costs costs) {
        Schedule best = schedules.getFirst();
        double shortest = Double.POSITIVE_INFINITY;
        for (Schedule schedule : schedules) {
            double makespan = Simulator.simulate(schedule, costs).makespan();
            if (makespan < shortest * (1 - RELATIVE_TOLERANCE)) {
                best = schedule;
                shortest = makespan;
            }
        }
        return best;
    }
}
