package millrace.schedule.auto;

import java.util.List;

/**
 * What a search has found.
 *
 * @param best plans, best first; empty where none fits
 * @param lost the other schedules that exist for these numbers, and why none of theirs is among the best
 * @param bound seconds that no plan can be faster than
 * @param leastMemory the smallest limit under which a plan was found, in bytes; of what was looked at
 * @param complete whether all was looked at, or the search was ended before
 */
public record PlanTable(List<Plan> best, List<Lost> lost, double bound, double leastMemory, boolean complete) {
    /**
     * A schedule that is not among the best.
     *
     * @param microBatches of a batch, over all copies of the line
     */
    public record Lost(String schedule, int chunks, int replicas, int microBatches, Reason reason) {}

    /** Why a schedule is not among the best. */
    public sealed interface Reason {}

    /** A rank needs so many bytes at least. */
    public record NoRoom(double bytes) implements Reason {}

    /** Whatever its stages are, it is not faster than so many seconds, which is no better than the worst of the best. */
    public record Bounded(double seconds) implements Reason {}

    /** It is slower, as this plan of it shows. */
    public record Slower(Plan plan) implements Reason {}

    /** It is the same order as that of another schedule, which is told already. */
    public record SameAs(String schedule) implements Reason {}

    public PlanTable {
        best = List.copyOf(best);
        lost = List.copyOf(lost);
    }

    /** The share of the best plan's time that another one could be shorter by, at most; 0 where there is none. */
    public double gap() {
        double period = best.isEmpty() ? 0 : best.getFirst().period();
        return period > 0 ? Math.max(0, 1 - bound / period) : 0;
    }
}
