package millrace.actors.cluster;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import millrace.actors.cluster.RunData.NamedFile;
import millrace.actors.fetch.FileCache;
import millrace.actors.fetch.FileDigest;
import millrace.actors.fetch.FileExchange;
import millrace.actors.rank.actor.BlockingWork;

/**
 * Where a node looks for the files that orders name: in the folders that it is allowed to read them from, then in its cache,
 * then on other nodes. An order says what a file's digest is, so one with other bytes is never used, wherever it lies.
 */
public final class NodeFiles {
    /** A fetch fails when for so long nobody is found who has the file, or nothing comes. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<Path> folders;
    private final boolean fetches;
    private final FileCache cache;
    private final FileExchange exchange;
    private final Set<FileDigest> fetched = ConcurrentHashMap.newKeySet();

    /** As the block {@code millrace.data} of the node's settings says. */
    public NodeFiles(Config config, FileExchange exchange) {
        Config data = config.getConfig("millrace.data");
        this.folders = data.getStringList("folders").stream().map(Path::of).toList();
        this.fetches = data.getBoolean("fetch");
        String folder = data.getString("cache.folder");
        this.cache = new FileCache(
                folder.isEmpty()
                        ? Path.of(System.getProperty("user.home", "."), ".millrace", "cache")
                        : Path.of(folder),
                data.getBytes("cache.limit"));
        this.exchange = exchange;
    }

    /** Files that are read together: what the cache has of them stays there meanwhile. */
    public final class Reading implements DataFiles, AutoCloseable {
        private final List<FileCache.Use> used = new ArrayList<>();

        @Override
        public Path find(NamedFile file) {
            Optional<Path> own = own(file);
            if (own.isPresent()) {
                fetched.remove(file.digest());
                exchange.hold(file.digest(), own.get());
                return own.get();
            }
            if (!fetches) {
                throw new IllegalArgumentException("data.fetch: false, and " + file.key() + " = " + file.path() + " ("
                        + file.digest() + ") is not here (expected: that file within millrace.data.folders: "
                        + folders.stream()
                                .map(folder ->
                                        folder.toAbsolutePath().normalize().toString())
                                .collect(Collectors.joining(", "))
                        + "); copy it there, or let the node fetch it");
            }
            FileCache.Use use = cached(file);
            used.add(use);
            fetched.add(file.digest());
            exchange.hold(file.digest(), use.path());
            return use.path();
        }

        @Override
        public void close() {
            used.forEach(FileCache.Use::close);
        }
    }

    /** Where the files of a run have come from, by what was found last. */
    DataUse.Source source(RunData data) {
        boolean some = data.files().stream().map(NamedFile::digest).anyMatch(fetched::contains);
        return some ? DataUse.Source.FETCHED : DataUse.Source.READ;
    }

    /** Begins to read. */
    public Reading reading() {
        return new Reading();
    }

    private FileCache.Use cached(NamedFile file) {
        try {
            return cache.use(
                    file.digest(),
                    file.path(),
                    target -> exchange.fetch(file.digest(), target, PATIENCE).join());
        } catch (RuntimeException e) {
            Throwable cause = BlockingWork.cause(e);
            throw new IllegalArgumentException(file.key() + ": " + file.path() + ": " + cause.getMessage(), e);
        }
    }

    /** The file itself, where an allowed folder has it. */
    private Optional<Path> own(NamedFile file) {
        return folders.stream()
                .flatMap(folder -> within(folder, file.path()))
                .filter(path -> isSame(path, file.digest()))
                .findFirst();
    }

    /** What a path leads to in a folder, all links followed; nothing where that lies outside. */
    static Stream<Path> within(Path folder, String path) {
        try {
            Path root = folder.toRealPath();
            Path real = root.resolve(path).toRealPath();
            return real.startsWith(root) && Files.isRegularFile(real) ? Stream.of(real) : Stream.empty();
        } catch (IOException | InvalidPathException _) {
            return Stream.empty();
        }
    }

    private static boolean isSame(Path path, FileDigest digest) {
        try {
            return Files.size(path) == digest.bytes() && FileDigest.of(path).equals(digest);
        } catch (IOException _) {
            return false;
        }
    }
}
