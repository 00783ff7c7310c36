package millrace.app.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import millrace.nn.optimizer.ParameterGroup;
import millrace.nn.optimizer.ParameterGroups;

/** The list {@code training.optimizer.groups} of a run file, and {@code decay-biases} beside it. */
final class GroupsReader {
    private static final Set<String> KEYS = Set.of("match", "lr-factor", "weight-decay", "frozen");

    private GroupsReader() {}

    /**
     * @param optimizer the block of the optimizer
     * @throws IllegalArgumentException on an unknown key, or a value that does not fit
     */
    static ParameterGroups read(Settings optimizer) {
        return new ParameterGroups(
                optimizer.values("groups").stream()
                        .map(value -> group(optimizer, value))
                        .toList(),
                optimizer.flag("decay-biases"));
    }

    private static ParameterGroup group(Settings optimizer, ConfigValue value) {
        if (!(value instanceof ConfigObject block) || !block.containsKey("match")) {
            throw optimizer.problem("groups", value.unwrapped(), "blocks, as in { match = \"0.*\", lr-factor = 0.1 }");
        }
        for (String key : block.keySet()) {
            if (!KEYS.contains(key)) {
                throw optimizer.problem("groups", key, "one of " + String.join(", ", new TreeSet<>(KEYS)));
            }
        }
        Settings group = new Settings(block.toConfig()).called("training.optimizer.groups");
        return new ParameterGroup(
                group.text("match"),
                number(group, "lr-factor"),
                number(group, "weight-decay"),
                group.has("frozen") ? Optional.of(group.flag("frozen")) : Optional.empty());
    }

    private static OptionalDouble number(Settings group, String key) {
        return group.has(key) ? OptionalDouble.of(group.number(key)) : OptionalDouble.empty();
    }
}
