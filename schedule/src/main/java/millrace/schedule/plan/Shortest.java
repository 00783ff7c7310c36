package millrace.schedule.plan;

import java.util.stream.Stream;
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
     * @param schedules one or more, each valid; no more than two are held at a time
     */
    public static Schedule of(Stream<Schedule> schedules, Costs costs) {
        return schedules
                .map(schedule -> new Measured(
                        schedule, Simulator.simulate(schedule, costs).makespan()))
                .reduce((best, other) -> other.makespan() < best.makespan() * (1 - RELATIVE_TOLERANCE) ? other : best)
                .orElseThrow()
                .schedule();
    }

    private record Measured(Schedule schedule, double makespan) {}
}
