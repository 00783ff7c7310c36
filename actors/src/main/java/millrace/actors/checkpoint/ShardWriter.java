package millrace.actors.checkpoint;

import java.nio.file.Path;
import java.util.List;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/** Writes a stage's part of a checkpoint; called on a thread that may block. */
@FunctionalInterface
public interface ShardWriter {
    /**
     * @param folder made if it is not there
     * @param stage of so many
     * @return what was written, forced to the disk
     * @throws IllegalArgumentException when it cannot be written
     */
    List<FileEntry> write(Path folder, int stage, int stages, Snapshot snapshot);
}
