package millrace.acceptance.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The folder that a test's one run is made in.
 *
 * @param parent given as checkpoint.folder
 */
public record Runs(Path parent) {
    /** The run's folder, once it is there. */
    public Path only() throws IOException {
        try (Stream<Path> folders = Files.list(parent)) {
            return folders.findFirst().orElseThrow();
        }
    }

    /** Whether the run has a checkpoint. */
    public boolean hasCheckpoint() throws IOException {
        try (Stream<Path> folders = Files.list(parent)) {
            return folders.anyMatch(folder -> Files.exists(folder.resolve("checkpoints/last")));
        }
    }

    /** Run epochs that have been claimed. */
    public long claims() throws IOException {
        try (Stream<Path> epochs = Files.list(only().resolve("epochs"))) {
            return epochs.count();
        }
    }
}
