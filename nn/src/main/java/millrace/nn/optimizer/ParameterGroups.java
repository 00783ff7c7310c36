package millrace.nn.optimizer;

import java.util.List;
import java.util.OptionalDouble;
import millrace.nn.layer.Parameter;

/**
 * What is different for some parameters. A parameter may belong to several groups: what they say counts together, and where
 * two say different things the later one counts.
 *
 * @param groups none: all parameters are alike
 * @param decaysVectors whether weight decay is for biases and other vectors too, such as those of norms, as PyTorch has it,
 *     unless a group says something else
 */
public record ParameterGroups(List<ParameterGroup> groups, boolean decaysVectors) {
    /** All parameters are alike. */
    public static final ParameterGroups NONE = new ParameterGroups(List.of(), true);

    // of a large model the names fill pages
    private static final int MOST_NAMES = 40;

    /**
     * The numbers of a parameter.
     *
     * @param rateFactor what the learning rate is multiplied by
     * @param weightDecay in place of the optimizer's; empty: the optimizer's
     * @param frozen whether it keeps its values
     */
    record Numbers(double rateFactor, OptionalDouble weightDecay, boolean frozen) {}

    /** Copies the list. */
    public ParameterGroups {
        groups = List.copyOf(groups);
    }

    /** The numbers of a parameter of a model. */
    Numbers of(Parameter parameter) {
        return of(parameter.name(), !parameter.spec().penalised());
    }

    private Numbers of(String name, boolean vector) {
        double rateFactor = 1;
        OptionalDouble weightDecay = vector && !decaysVectors ? OptionalDouble.of(0) : OptionalDouble.empty();
        boolean frozen = false;
        for (ParameterGroup group : groups) {
            if (group.matches(name)) {
                rateFactor = group.rateFactor().orElse(rateFactor);
                weightDecay = group.weightDecay().isPresent() ? group.weightDecay() : weightDecay;
                frozen = group.frozen().orElse(frozen);
            }
        }
        return new Numbers(rateFactor, weightDecay, frozen);
    }

    /**
     * Checks that each group says something of some parameter, and that something is left to be trained.
     *
     * @param names of all parameters of the model, as in a checkpoint
     * @throws IllegalArgumentException when not: names the group and the names that there are
     */
    public void check(List<String> names) {
        for (ParameterGroup group : groups) {
            if (group.isEmpty()) {
                throw new IllegalArgumentException("parameter group: match " + group.match()
                        + " (expected: with an lr factor, a weight decay or frozen); say what is different for it");
            }
            if (names.stream().noneMatch(group::matches)) {
                throw new IllegalArgumentException("parameter group: match " + group.match() + " (expected: one of "
                        + String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())))
                        + (names.size() > MOST_NAMES ? ", and " + (names.size() - MOST_NAMES) + " more" : "")
                        + ", or a pattern such as 0.* or bias)");
            }
        }
        if (!groups.isEmpty() && names.stream().allMatch(name -> of(name, false).frozen())) {
            throw new IllegalArgumentException(
                    "parameter groups: all parameters are frozen (expected: at least one that is trained)");
        }
    }

    /**
     * Checks that two parameters that are copies of each other get the same numbers.
     *
     * @throws IllegalArgumentException when not: they would not stay equal
     */
    public void checkTied(String name, String copy) {
        if (!of(name, false).equals(of(copy, false))) {
            throw new IllegalArgumentException("parameter groups: other numbers for " + copy + " than for " + name
                    + " (expected: the same, they are one weight); let a group match both, as in {" + name + "," + copy
                    + "}");
        }
    }
}
