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
 * @param exchangeCost where the line has replicas, time in which the gradients of all stages that a rank holds of one are
 *     added up over the replicas, beside what ranks compute; each stage's begins when the last of them has made them all
 */
public record SimulationOptions(
        boolean synchronizedStep, double stepTime, double jitter, long seed, double memoryLimit, double exchangeCost) {
    /** No step time, no jitter, no limit. */
    public static final SimulationOptions PLAIN = new SimulationOptions(false, 0, 0, 0, Double.POSITIVE_INFINITY);

    /** Replicas exchange their gradients in no time. */
    public SimulationOptions(boolean synchronizedStep, double stepTime, double jitter, long seed, double memoryLimit) {
        this(synchronizedStep, stepTime, jitter, seed, memoryLimit, 0);
    }

    public SimulationOptions {
        if (!(exchangeCost >= 0) || Double.isInfinite(exchangeCost)) {
            throw new IllegalArgumentException("exchange cost: " + exchangeCost + " (expected: a time of 0 or more)");
        }
        if (!(stepTime >= 0) || !(jitter >= 0 && jitter < 1) || !(memoryLimit > 0)) {
            throw new IllegalArgumentException("step time: " + stepTime + ", jitter: " + jitter + ", memory limit: "
                    + memoryLimit + " (expected: a time of 0 or more, a jitter from 0 to below 1, a limit above 0)");
        }
    }
}
