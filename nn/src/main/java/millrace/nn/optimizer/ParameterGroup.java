package millrace.nn.optimizer;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * What is different for some of a model's parameters, as in a parameter group of {@code torch.optim}. What a group does not
 * say stays as it is for all.
 *
 * @param match which: a pattern of their names, where {@code *} stands for any letters, {@code ?} for one, {@code [0-3]}
 *     for one of several and <code>{0,12}</code> for one of several texts. It is compared with the name in a checkpoint
 *     ({@code 2.qkv.bias}), with the name within the layer ({@code qkv.bias}) and with the last part ({@code bias})
 * @param rateFactor what the learning rate is multiplied by, whatever the schedule makes of it; above 0
 * @param weightDecay in place of the optimizer's, 0 or more
 * @param frozen whether they keep their values: they are not stepped and have no part in norms and penalties
 */
public record ParameterGroup(
        String match, OptionalDouble rateFactor, OptionalDouble weightDecay, Optional<Boolean> frozen) {
    /**
     * Checks the numbers and the pattern.
     *
     * @throws IllegalArgumentException when one is out of range, or the pattern has a bracket that is not closed
     */
    public ParameterGroup {
        rateFactor.ifPresent(factor -> OptimizerNumbers.positive("lr factor of parameter group " + match, factor));
        weightDecay.ifPresent(decay -> OptimizerNumbers.notNegative("weight decay of parameter group " + match, decay));
        PathMatcher _ = matcher(match);
    }

    /** Parameters that nothing is said of yet. */
    public static ParameterGroup of(String match) {
        return new ParameterGroup(match, OptionalDouble.empty(), OptionalDouble.empty(), Optional.empty());
    }

    /** The same with another factor on the learning rate, above 0. */
    public ParameterGroup withRateFactor(double factor) {
        return new ParameterGroup(match, OptionalDouble.of(factor), weightDecay, frozen);
    }

    /** The same with a weight decay of their own, 0 or more. */
    public ParameterGroup withWeightDecay(double decay) {
        return new ParameterGroup(match, rateFactor, OptionalDouble.of(decay), frozen);
    }

    /** The same, kept as they are or, where an earlier group has frozen them, stepped again. */
    public ParameterGroup withFrozen(boolean value) {
        return new ParameterGroup(match, rateFactor, weightDecay, Optional.of(value));
    }

    /** Whether it says anything. */
    boolean isEmpty() {
        return rateFactor.isEmpty() && weightDecay.isEmpty() && frozen.isEmpty();
    }

    /**
     * Whether a parameter belongs to it.
     *
     * @param name in a checkpoint: {@code 2.qkv.bias}
     */
    boolean matches(String name) {
        PathMatcher matcher = matcher(match);
        return Stream.of(name, name.substring(name.indexOf('.') + 1), name.substring(name.lastIndexOf('.') + 1))
                .anyMatch(part -> matcher.matches(Path.of(part)));
    }

    private static PathMatcher matcher(String pattern) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "parameter group: match " + pattern + " (expected: a pattern such as bias or [0-3].*); close its"
                            + " brackets",
                    e);
        }
    }
}
