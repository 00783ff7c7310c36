package millrace.actors.cluster;

import millrace.actors.plan.RunPlan;
import org.jspecify.annotations.Nullable;

/** Keeps the plan that was made last. */
final class RememberedPlan implements PlanSource {
    private final PlanSource source;
    private String configuration = "";
    private @Nullable RunPlan plan;

    RememberedPlan(PlanSource source) {
        this.source = source;
    }

    @Override
    public synchronized RunPlan plan(String wanted) {
        RunPlan known = plan;
        if (known == null || !wanted.equals(configuration)) {
            known = source.plan(wanted);
            plan = known;
            configuration = wanted;
        }
        return known;
    }
}
