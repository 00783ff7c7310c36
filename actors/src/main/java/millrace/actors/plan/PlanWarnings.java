package millrace.actors.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;

/** What people should know of a plan that can be trained but hardly means what they think. */
final class PlanWarnings {
    private static final Set<String> PROBABILITIES = Set.of("softmax", "sigmoid");
    // behind these, probabilities are probabilities still
    private static final Set<String> PASSED_ON = Set.of("flatten", "identity", "dropout");

    private PlanWarnings() {}

    /** One line each, without a full stop. */
    static List<String> of(RunPlan plan) {
        List<String> warnings = new ArrayList<>();
        if (plan.start().step() > 0) {
            warnings.addAll(ofResumed(plan));
        }
        BatchNormRows.of(plan.spec(), plan.data().train().size()).warning().ifPresent(warnings::add);
        ofLastLayer(plan.spec().model(), plan.spec().loss()).ifPresent(warnings::add);
        return warnings;
    }

    /** Losses that take logits have the last function of the network in themselves. */
    private static Optional<String> ofLastLayer(Model model, Loss loss) {
        int last = model.layers().size() - 1;
        while (last > 0 && PASSED_ON.contains(model.layers().get(last).type())) {
            last--;
        }
        String type = model.layers().get(last).type();
        boolean takesLogits = loss instanceof CrossEntropy
                || loss.name().equals(Losses.binaryCrossEntropy().name());
        if (!takesLogits || !PROBABILITIES.contains(type)) {
            return Optional.empty();
        }
        return Optional.of(
                "layer " + last + " (" + type + "): probabilities for the loss " + loss.name() + " (expected:"
                        + " logits, the loss has a " + (loss instanceof CrossEntropy ? "softmax" : "sigmoid")
                        + " of its own; with both the network learns slowly and less); leave the layer out, predict and"
                        + " evaluate do without it");
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
