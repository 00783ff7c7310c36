package millrace.actors.cluster;

import com.typesafe.config.Config;
import java.nio.file.Path;
import millrace.actors.access.AllowedFolders;

/**
 * Which run folders, checkpoints and first weights an order may name on a node.
 *
 * @param allowed the folders that they must lie in
 */
public record RunFolders(AllowedFolders allowed) {
    private static final String SETTING = "millrace.checkpoint.folders";

    /** As the node's settings say. */
    public static RunFolders of(Config config) {
        return new RunFolders(new AllowedFolders(
                SETTING, config.getStringList(SETTING).stream().map(Path::of).toList()));
    }

    /**
     * Of a run whose nodes share no folder nothing is looked for in the folder that it names: each node has its part where its own
     * settings say.
     *
     * @throws IllegalArgumentException when the order names a place elsewhere
     */
    void require(RunOrder order) {
        if (order.isShared()) {
            allowed.require("checkpoint.folder", order.folder());
            order.first().ifPresent(checkpoint -> allowed.require("resume", checkpoint));
        }
        order.init().ifPresent(weights -> allowed.require("init", weights));
    }

    /** @throws IllegalArgumentException when a checkpoint that a worker is to load lies elsewhere */
    void requireCheckpoint(RunOrder order, String place) {
        if (order.isShared()) {
            allowed.require("checkpoint", place);
        }
    }
}
