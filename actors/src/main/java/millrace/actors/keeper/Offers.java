package millrace.actors.keeper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import millrace.actors.checkpoint.KeptFolder;
import millrace.actors.fetch.FileDigest;
import millrace.actors.fetch.FileExchange;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;

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

    /** Lets others fetch the files of a checkpoint, or of what becomes one, from the folder that has them. */
    void hold(Iterable<FileEntry> entries, Path folder) {
        entries.forEach(entry -> hold(digest(entry), folder.resolve(entry.name())));
    }

    /** What a file is fetched by that a manifest names. */
    static FileDigest digest(FileEntry entry) {
        return new FileDigest(entry.sha256(), entry.bytes());
    }

    /** Forgets what is not there any more, as when older checkpoints were removed. */
    void forgetRemoved() {
        offered.forEach((file, path) -> {
            if (!Files.exists(path) && offered.remove(file, path)) {
                files.drop(file);
            }
        });
    }

    /**
     * Fetches a checkpoint's manifest and reads it.
     *
     * @param kept the run's folder on this node, which has it for as long as it is read
     * @return empty when it is no manifest of this version
     * @throws CompletionException when no node that is there has it
     */
    Optional<Manifest> manifest(KeptFolder kept, FileDigest file, Duration patience) {
        Path fetched = kept.runFolder().resolve(".manifest-" + UUID.randomUUID());
        try {
            return KeptFolder.manifest(fetch(file, fetched, patience).join());
        } finally {
            KeptFolder.remove(fetched);
        }
    }

    /** As {@link FileExchange#fetch}. */
    CompletableFuture<Path> fetch(FileDigest file, Path target, Duration patience) {
        return files.fetch(file, target, patience);
    }
}
