package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.Map;

/** Settings under which speed is measured: random samples already in memory, no evaluation, so many steps. */
public final class BenchSetup {
    private BenchSetup() {}

    /**
     * @param asked a resolved run
     * @param steps optimizer steps in all
     */
    public static Config of(Config asked, long steps) {
        return ConfigFactory.parseMap(Map.of(
                        "data.set",
                        "random",
                        "data.normalize",
                        "none",
                        "training.shuffle",
                        false,
                        "training.early-stopping",
                        0,
                        "training.epochs",
                        Integer.MAX_VALUE,
                        "training.steps",
                        steps))
                .withFallback(asked);
    }
}
