package millrace.actors.keeper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import millrace.actors.fetch.FileDigest;
import millrace.actors.fetch.FileExchange;

/** The files of checkpoints that other nodes may fetch from this one; those that were removed are forgotten. For any thread. */
final class Offers {
    private final FileExchange files;
    private final Map<FileDigest, Path> offered = new ConcurrentHashMap<>();

    Offers(FileExchange files) {
        this.files = files;
    }

    /** Lets others fetch a file from here. */
    void hold(FileDigest file, Path path) {
        offered.put(file, path);
        files.hold(file, path);
    }

    /** Forgets what is not there any more, as when older checkpoints were removed. */
    void forgetRemoved() {
        offered.forEach((file, path) -> {
            if (!Files.exists(path) && offered.remove(file, path)) {
                files.drop(file);
            }
        });
    }

    /** As {@link FileExchange#fetch}. */
    CompletableFuture<Path> fetch(FileDigest file, Path target, Duration patience) {
        return files.fetch(file, target, patience);
    }
}
