package millrace.schedule.simulate;

/**
 * What a simulation assumes beside the costs.
 *
 * @param synchronizedStep whether no rank steps its optimizer before all have finished (a global gradient norm asks for
 *     that)
 * @param stepTime time of the optimizer step at the end of a rank's order
 * @param jitter largest relative deviation of each action's and each message's time, 0 to below 1
 * @param seed of the jitter
 * @param memoryLimit what a rank may hold, in the unit of the costs
 */
public record SimulationOptions(
        boolean synchronizedStep, double stepTime, double jitter, long seed, double memoryLimit) {
    /** No step time, no jitter, no limit. */
    public static final SimulationOptions PLAIN = new SimulationOptions(false, 0, 0, 0, Double.POSITIVE_INFINITY);

    public SimulationOptions {
        if (!(stepTime >= 0) || !(jitter >= 0 && jitter < 1) || !(memoryLimit > 0)) {
            throw new IllegalArgumentException("step time: " + stepTime + ", jitter: " + jitter + ", memory limit: "
                    + memoryLimit + " (expected: a time of 0 or more, a jitter from 0 to below 1, a limit above 0)");
        }
    }
}
