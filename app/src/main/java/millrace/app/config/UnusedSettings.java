package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import millrace.app.config.SettingRules.Rule;

/**
 * Settings that a user gives and that have no effect, because another setting chooses something that does not look at them: a file
 * for {@code data.csv} while {@code data.set} is MNIST. Nobody gives such a setting on purpose, so it is refused.
 *
 * <p>What a file or preset says may well lose its effect by what is given on top of it: {@code --optimizer adam} over a file whose
 * SGD has a momentum. Refused is therefore only what stands in the same layer as the setting that decides, or above it.
 */
final class UnusedSettings {
    private static final List<Rule> RULES = SettingRules.all();

    private UnusedSettings() {}

    /**
     * @param all the resolved settings
     * @param defaults of all settings; one that is given as it is by default cannot be missed
     * @param layers what the user gave, each layer on top of the one before it
     * @throws IllegalArgumentException on the first setting without effect
     */
    static void refuse(Config all, Config defaults, List<Config> layers) {
        for (Rule rule : RULES) {
            if (!rule.matters().test(all)) {
                int decided = rule.deciders().stream()
                        .mapToInt(decider -> highest(layers, layer -> layer.hasPathOrNull(decider)))
                        .max()
                        .orElse(-1);
                for (int layer = Math.max(0, decided); layer < layers.size(); layer++) {
                    given(layers.get(layer), defaults, rule.key()).ifPresent(found -> {
                        throw new IllegalArgumentException(found.getKey() + ": "
                                + found.getValue().unwrapped() + " has no effect here (expected: " + rule.expected()
                                + "); set that, or leave it out");
                    });
                }
            }
        }
    }

    private static int highest(List<Config> layers, Predicate<Config> condition) {
        for (int layer = layers.size() - 1; layer >= 0; layer--) {
            if (condition.test(layers.get(layer))) {
                return layer;
            }
        }
        return -1;
    }

    /** A setting of a block, or the one itself, that is given otherwise than by default. */
    private static Optional<Map.Entry<String, ConfigValue>> given(Config layer, Config defaults, String key) {
        return layer.entrySet().stream()
                .filter(entry -> {
                    String path = String.join(".", ConfigUtil.splitPath(entry.getKey()));
                    return path.equals(key) || path.startsWith(key + ".");
                })
                .filter(entry -> !defaults.hasPath(entry.getKey())
                        || !defaults.getValue(entry.getKey())
                                .unwrapped()
                                .equals(entry.getValue().unwrapped()))
                .findFirst();
    }
}
