package millrace.actors.plan;

import java.util.ArrayList;
import java.util.List;

/** What people should know of a plan that can be trained but hardly means what they think. */
final class PlanWarnings {
    private PlanWarnings() {}

    /** One line each, without a full stop. */
    static List<String> of(RunPlan plan) {
        List<String> warnings = new ArrayList<>();
        if (plan.start().step() > 0) {
            warnings.addAll(ofResumed(plan));
        }
        return warnings;
    }

    private static List<String> ofResumed(RunPlan plan) {
        List<String> warnings = new ArrayList<>();
        RunTerms before = plan.start().progress().terms();
        if (before.equals(RunTerms.UNKNOWN)) {
            warnings.add("resume: the checkpoint does not say with which batch, samples and seed it was made (expected:"
                    + " the same as now); steps would mean something else with others");
        }
        warnings.addAll(RunTerms.of(plan).changesSince(before));
        if (plan.start().step() >= plan.lastStep()) {
            warnings.add("nothing is left to train: the checkpoint has "
                    + plan.start().step() + " steps behind it, and the run ends after " + plan.lastStep() + " ("
                    + plan.limits().epochs() + " epochs"
                    + (plan.limits().steps() > 0 ? ", " + plan.limits().steps() + " steps at most" : "")
                    + "); raise --epochs" + (plan.limits().steps() > 0 ? " or --steps" : "") + " to train on");
        }
        return warnings;
    }
}
