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
public final class PlanWarnings {
    private static final Set<String> PROBABILITIES = Set.of("softmax", "sigmoid");

    private PlanWarnings() {}

    /** One line each, without a full stop. */
    static List<String> of(RunPlan plan) {
        List<String> warnings = new ArrayList<>();
        if (plan.start().step() > 0) {
            warnings.addAll(ofResumed(plan));
        }
        BatchNormRows.of(plan.spec(), plan.data().train().size()).warning().ifPresent(warnings::add);
        warnings.addAll(ofNetwork(plan.spec().model(), plan.spec().loss()));
        return warnings;
    }

    /** What is to be known of a network under a loss, whoever trains it; for who evaluates it or predicts with it. */
    public static List<String> ofNetwork(Model model, Loss loss) {
        return ofLastLayer(model, loss).stream().toList();
    }

    /** Losses that take logits have the last function of the network in themselves. */
    private static Optional<String> ofLastLayer(Model model, Loss loss) {
        int last = model.lastFunctionIndex();
        String type = model.lastFunction();
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
