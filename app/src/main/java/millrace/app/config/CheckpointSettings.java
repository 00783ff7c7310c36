package millrace.app.config;

import com.typesafe.config.Config;
import java.nio.file.Path;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.cluster.RunOrder;

/**
 * What a run file says of checkpoints.
 *
 * @param enabled whether there are any
 * @param folder that gets a folder for each run
 * @param keep how many stay besides the best, the newest ones
 * @param pace how often there are any within an epoch
 * @param sharing on a cluster: whether all nodes see the folder
 * @param copies on how many other nodes the state of a stage is kept since the last one; as many as there are at most
 */
public record CheckpointSettings(
        boolean enabled, Path folder, int keep, CheckpointPace pace, RunOrder.Sharing sharing, int copies) {
    static final String AUTO = "auto";

    /** @throws IllegalArgumentException when none are to be kept, or on fewer than 0 nodes */
    public CheckpointSettings {
        if (keep < 1) {
            throw new IllegalArgumentException("checkpoint.keep: " + keep + " (expected: 1 or more)");
        }
        if (copies < 0) {
            throw new IllegalArgumentException("checkpoint.copies: " + copies + " (expected: 0 or more)");
        }
    }

    /**
     * @param config resolved by {@link RunFile}
     * @throws IllegalArgumentException on settings of the wrong kind
     */
    public static CheckpointSettings read(Config config) {
        Settings settings = new Settings(config).in("checkpoint");
        return new CheckpointSettings(
                settings.flag("enabled"),
                Path.of(settings.text("folder")),
                settings.integer("keep"),
                pace(settings),
                settings.choice("shared", RunOrder.Sharing.class),
                settings.integer("copies"));
    }

    private static CheckpointPace pace(Settings settings) {
        return settings.durationUnless(AUTO, "interval")
                .map(CheckpointPace::every)
                .orElseGet(() -> CheckpointPace.costing(settings.number("overhead")));
    }
}
