package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.HashMap;
import java.util.Map;
import millrace.actors.plan.TrainingData;

/** A run under which speed is measured: samples already in memory, no evaluation, so many steps. */
public final class BenchSetup {
    private BenchSetup() {}

    /**
     * With random samples; models of texts read their own.
     *
     * @param asked a resolved run
     * @param steps optimizer steps in all
     */
    public static RunSetup of(Config asked, long steps) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "training.shuffle",
                false,
                "training.early-stopping",
                0,
                "training.epochs",
                Integer.MAX_VALUE,
                "training.steps",
                steps));
        if (!TextData.is(new Settings(asked).in("data"))) {
            settings.put("data.set", "random");
            settings.put("data.normalize", "none");
        }
        RunSetup setup = RunSetup.of(ConfigFactory.parseMap(settings).withFallback(asked));
        return new RunSetup(setup.config(), TrainingData.of(setup.data().train()), setup.model());
    }
}
