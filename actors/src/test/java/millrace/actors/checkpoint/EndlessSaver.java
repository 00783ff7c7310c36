package millrace.actors.checkpoint;

import java.nio.file.Path;
import java.util.Map;
import millrace.actors.plan.Snapshot;

/** A process that saves until it is killed; every step twice, so that it also replaces. */
final class EndlessSaver {
    private EndlessSaver() {}

    public static void main(String[] arguments) {
        CheckpointStore store = new CheckpointStore(Path.of(arguments[0]), 2);
        for (long save = 2; ; save++) {
            Snapshot snapshot = Snapshots.of(save / 2, 1);
            store.save(snapshot, snapshot.weightsSha256(), Map.of(), save % 10 == 0);
        }
    }
}
