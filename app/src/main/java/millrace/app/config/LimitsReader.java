package millrace.app.config;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.Optional;

/** What a run file says of limits: {@code limits}, of a run on a cluster. */
public final class LimitsReader {
    private LimitsReader() {}

    /**
     * For how long it may be under way; empty: as long as it takes.
     *
     * @throws IllegalArgumentException when it is no time above 0
     */
    public static Optional<Duration> time(Config config) {
        Settings limits = new Settings(config).in("limits");
        if (!limits.has("time")) {
            return Optional.empty();
        }
        Duration time = limits.duration("time");
        if (!time.isPositive()) {
            throw limits.problem("time", limits.text("time"), "a time above 0");
        }
        return Optional.of(time);
    }

    /**
     * How many workers it takes.
     *
     * @param wanted as many as it could use
     * @throws IllegalArgumentException when the limit is below 1
     */
    public static int workers(Config config, int wanted) {
        Settings limits = new Settings(config).in("limits");
        if (!limits.has("workers")) {
            return wanted;
        }
        int most = limits.integer("workers");
        if (most < 1) {
            throw limits.problem("workers", most, "1 or more");
        }
        return Math.min(most, wanted);
    }
}
