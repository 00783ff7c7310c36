package millrace.actors.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import millrace.actors.checkpoint.CheckpointPace;

/** Orders of runs that tests make up. */
final class Orders {
    private Orders() {}

    /** For one worker, in a folder that all nodes see. */
    static RunOrder in(Path folder) {
        return new RunOrder(
                String.valueOf(folder.getFileName()),
                folder.toString(),
                "",
                Optional.empty(),
                Optional.empty(),
                1,
                2,
                CheckpointPace.every(Duration.ofSeconds(5)),
                Set.of());
    }
}
