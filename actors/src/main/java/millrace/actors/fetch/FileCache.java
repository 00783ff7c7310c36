package millrace.actors.fetch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import millrace.nn.io.InWords;

/**
 * Fetched files in a folder, named by their digests, up to a size in all: when there is no room for another, those go that were
 * not used for longest, never one that is in use. Nodes of one machine may share a folder, in one process and in several.
 */
public final class FileCache {
    // of this process, as the operating system's locks do not tell its threads apart
    private static final Map<Path, Integer> USED = new HashMap<>();

    private static final Pattern ENDING = Pattern.compile("\\.[A-Za-z0-9]{1,8}$");

    private final Path folder;
    private final long limit;

    /**
     * @param folder made when it is needed
     * @param limit bytes of all its files
     */
    public FileCache(Path folder, long limit) {
        this.folder = folder.toAbsolutePath().normalize();
        this.limit = limit;
    }

    /** A file in use: it stays until this is closed. */
    public static final class Use implements AutoCloseable {
        private final Path path;
        private final FileChannel channel;

        private Use(Path path, FileChannel channel) {
            this.path = path;
            this.channel = channel;
        }

        /** Where the file is. */
        public Path path() {
            return path;
        }

        @Override
        public void close() {
            synchronized (USED) {
                USED.computeIfPresent(path, (_, uses) -> uses == 1 ? null : uses - 1);
            }
            try {
                channel.close();
            } catch (IOException _) {
                // it was only held open
            }
        }
    }

    /**
     * A file, which is fetched if it is not here.
     *
     * @param name what it is called elsewhere: its ending is kept, since some files are known by it
     * @param fetch has the file put at the path that it is given, and returns when it is there
     * @throws IllegalArgumentException when the file is larger than the cache may be, or the folder cannot be used
     */
    public Use use(FileDigest file, String name, Consumer<Path> fetch) {
        Matcher ending = ENDING.matcher(name);
        Path path = folder.resolve(file.sha256() + (ending.find() ? ending.group() : ""));
        try {
            Files.createDirectories(folder);
            if (!isHere(path, file)) {
                makeRoom(file);
                fetch.accept(path);
            }
            Use use = opened(path);
            Files.setLastModifiedTime(path, FileTime.from(Instant.now()));
            return use;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "data.cache.folder: " + folder + ": " + InWords.reason(e)
                            + " (expected: a folder that can be written, with room for " + file.bytes() + " bytes)",
                    e);
        }
    }

    private static boolean isHere(Path path, FileDigest file) throws IOException {
        // its bytes were compared with the digest when it got its name
        return Files.isRegularFile(path) && Files.size(path) == file.bytes();
    }

    private static Use opened(Path path) throws IOException {
        synchronized (USED) {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            if (USED.merge(path, 1, Integer::sum) == 1) {
                // told to other processes; where it cannot be, a file that is open stays readable all the same
                lock(channel);
            }
            return new Use(path, channel);
        }
    }

    private static void lock(FileChannel channel) throws IOException {
        try {
            FileLock _ = channel.tryLock(0, Long.MAX_VALUE, true);
        } catch (OverlappingFileLockException _) {
            // another node of this process has it
        }
    }

    private void makeRoom(FileDigest file) throws IOException {
        if (file.bytes() > limit) {
            throw new IllegalArgumentException("data.cache.limit: " + limit + " bytes (expected: " + file.bytes()
                    + " or more, as the file has that a run needs)");
        }
        List<Path> oldest = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(Files::isRegularFile)
                    .filter(path -> !path.equals(file.partOf(folder.resolve(file.sha256()))))
                    .forEach(oldest::add);
        }
        Map<Path, FileTime> used = new HashMap<>();
        long sum = file.bytes();
        for (Path path : oldest) {
            used.put(path, Files.getLastModifiedTime(path));
            sum += Files.size(path);
        }
        oldest.sort(Comparator.comparing(used::get));
        for (Path path : oldest) {
            if (sum > limit) {
                long bytes = Files.size(path);
                sum -= removed(path) ? bytes : 0;
            }
        }
    }

    /** False for a file that is in use, here or in another process. */
    private static boolean removed(Path path) throws IOException {
        synchronized (USED) {
            if (USED.containsKey(path)) {
                return false;
            }
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock()) {
                return lock != null && Files.deleteIfExists(path);
            } catch (OverlappingFileLockException _) {
                // it is just being fetched
                return false;
            }
        }
    }
}
