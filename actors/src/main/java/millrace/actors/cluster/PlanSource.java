package millrace.actors.cluster;

import millrace.actors.plan.RunPlan;

/**
 * Makes plans from settings: every node makes the same one, so only settings travel. Called on threads that may block,
 * because data is read here.
 */
@FunctionalInterface
public interface PlanSource {
    /**
     * The plan, with fresh weights.
     *
     * @param configuration the resolved settings, as HOCON
     * @throws IllegalArgumentException on anything that does not fit on this node, such as a missing file
     */
    RunPlan plan(String configuration);

    /** The same, which makes the plan it made last only once: a run that is started again finds its data in memory. */
    default PlanSource remembering() {
        return new RememberedPlan(this);
    }
}
