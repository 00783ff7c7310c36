package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import millrace.actors.plan.TrainingData;
import millrace.nn.data.Dataset;

/** A run under which speed is measured: samples already in memory, no evaluation, so many steps. */
public final class BenchSetup {
    private static final Set<String> MADE_UP = Set.of("random", "linear");

    private BenchSetup() {}

    /**
     * With random samples of the shape and the classes that the run's own data has, so that the network is the run's. Texts, values
     * instead of classes, and data that is made up are taken as they are.
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
        Settings data = new Settings(asked).in("data");
        if (!TextData.is(data) && !MADE_UP.contains(data.text("set"))) {
            Dataset own = RunSetup.of(asked).data().train();
            if (own.isClassification()) {
                settings.put("data.set", "random");
                settings.put("data.normalize", "none");
                settings.put("data.random.features", own.sampleShape().size());
                settings.put("data.random.classes", own.classes().size());
            }
        }
        RunSetup setup = RunSetup.of(ConfigFactory.parseMap(settings).withFallback(asked));
        return new RunSetup(setup.config(), TrainingData.of(setup.data().train()), setup.model());
    }
}
