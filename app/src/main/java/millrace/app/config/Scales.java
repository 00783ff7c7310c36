package millrace.app.config;

import com.typesafe.config.Config;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import millrace.nn.data.Normalization;

/**
 * By what the inputs and targets of a run are shifted and scaled.
 *
 * @param inputs empty where they stay what they are
 * @param targets of a regression, empty where they stay what they are
 */
record Scales(Optional<Normalization> inputs, Optional<Normalization> targets) {
    private static final String BLOCK = "data.normalization.";

    private enum Normalize {
        NONE,
        STANDARD
    }

    /**
     * What a run file asks for.
     *
     * @param inputs whether inputs are to be standardised
     * @param targets whether targets are
     * @param saved of a saved run, which are taken again
     */
    record Wanted(boolean inputs, boolean targets, Scales saved) {
        static Wanted of(Config config) {
            Settings data = new Settings(config).in("data");
            return new Wanted(
                    data.choice("normalize", Normalize.class) == Normalize.STANDARD,
                    data.flag("normalize-targets"),
                    Scales.saved(config));
        }

        /** As saved, otherwise from the data. */
        Scales of(Supplier<Normalization> ofInputs, Supplier<Normalization> ofTargets) {
            return new Scales(
                    inputs ? Optional.of(saved.inputs.orElseGet(ofInputs)) : Optional.empty(),
                    targets ? Optional.of(saved.targets.orElseGet(ofTargets)) : Optional.empty());
        }
    }

    /** Those that a saved run was trained with. */
    static Scales saved(Config config) {
        return new Scales(read(config, "mean", "scale"), read(config, "target-mean", "target-scale"));
    }

    /** As settings, to be saved with the run. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        inputs.ifPresent(how -> {
            settings.put(BLOCK + "mean", list(how.mean()));
            settings.put(BLOCK + "scale", list(how.scale()));
        });
        targets.ifPresent(how -> {
            settings.put(BLOCK + "target-mean", list(how.mean()));
            settings.put(BLOCK + "target-scale", list(how.scale()));
        });
        return settings;
    }

    private static Optional<Normalization> read(Config config, String mean, String scale) {
        List<Double> scales = config.getDoubleList(BLOCK + scale);
        return scales.isEmpty()
                ? Optional.empty()
                : Optional.of(Normalization.of(array(config.getDoubleList(BLOCK + mean)), array(scales)));
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static List<Double> list(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
