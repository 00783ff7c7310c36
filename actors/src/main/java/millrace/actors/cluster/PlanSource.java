package millrace.actors.cluster;

import millrace.actors.plan.RunPlan;
import org.jspecify.annotations.Nullable;

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

    /** The same on a node, which errors begin with: another node may have other files under the same names. */
    default PlanSource on(String node) {
        return configuration -> {
            try {
                return plan(configuration);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("node " + node + ": " + e.getMessage(), e);
            }
        };
    }

    /** The same, which makes the plan it made last only once: a run that is started again finds its data in memory. */
    default PlanSource remembering() {
        PlanSource source = this;
        return new PlanSource() {
            private String last = "";
            private @Nullable RunPlan plan;

            @Override
            public synchronized RunPlan plan(String configuration) {
                RunPlan known = plan;
                if (known == null || !configuration.equals(last)) {
                    known = source.plan(configuration);
                    plan = known;
                    last = configuration;
                }
                return known;
            }
        };
    }
}
