package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import millrace.actors.plan.KernelSetting;
import millrace.nn.choice.KernelChoices;

/** {@code training.kernels}: how the kernels of weight matrices are chosen. */
final class KernelsReader {
    private static final String KEY = "kernels";
    private static final String MEASURED = "measured";
    private static final String USUAL = "usual";

    private KernelsReader() {}

    /** @throws IllegalArgumentException when it is neither a word that is known nor a list of choices */
    static KernelSetting read(Settings training) {
        if (training.isList(KEY)) {
            return new KernelSetting.Chosen(KernelChoices.parse(training.texts(KEY)));
        }
        return switch (training.text(KEY)) {
            case MEASURED -> new KernelSetting.Measured();
            case USUAL -> new KernelSetting.Usual();
            default ->
                throw training.problem(KEY, training.text(KEY), "usual, measured, or the choices of a saved run");
        };
    }

    /** Whether the table that this machine keeps decides. */
    static boolean asksForMeasured(Settings training) {
        return read(training) instanceof KernelSetting.Measured;
    }

    /** Settings with what has been chosen. */
    static Config saved(Config config, KernelChoices choices) {
        return config.withValue(
                "training." + KEY,
                choices.isEmpty()
                        ? ConfigValueFactory.fromAnyRef(USUAL)
                        : ConfigValueFactory.fromIterable(choices.texts()));
    }
}
